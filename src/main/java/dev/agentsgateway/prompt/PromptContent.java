package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** What is said of a prompt; of a change, null is what stays as it is. */
public record PromptContent(
        String name, String template, String description, List<String> tags, List<? extends JsonNode> tools) {

    public static PromptContent of(Prompt prompt) {
        return new PromptContent(prompt.name(), prompt.template(), prompt.description(), prompt.tags(), prompt.tools());
    }

    /** This change made to a prompt. */
    PromptContent over(Prompt prompt) {
        return new PromptContent(
                name == null ? prompt.name() : name,
                template == null ? prompt.template() : template,
                description == null ? prompt.description() : description,
                tags == null ? prompt.tags() : tags,
                tools == null ? prompt.tools() : tools);
    }

    /** Whether a prompt has this whole content. */
    boolean isThatOf(Prompt prompt) {
        return Objects.equals(name, prompt.name())
                && Objects.equals(template, prompt.template())
                && Objects.equals(description, prompt.description())
                && orEmpty(tags).equals(prompt.tags())
                && orEmpty(tools).equals(prompt.tools());
    }

    /** Lower-case hexadecimal SHA-256 of the text that the reference hashes: Python's JSON of four members. */
    String hash() {
        StringBuilder text = new StringBuilder("{\"description\": ");
        PythonText.append(description, text);
        text.append(", \"tags\": ");
        PythonText.append(orEmpty(tags), text);
        text.append(", \"template\": ");
        PythonText.append(template, text);
        text.append(", \"tools\": ");
        PythonText.append(new ArrayList<Object>(orEmpty(tools)), text);
        text.append('}');
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static <T> List<T> orEmpty(List<T> list) {
        return list == null ? List.of() : list;
    }
}

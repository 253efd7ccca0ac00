package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The external prompt service of the reference ({@code contract/resources.md} 9.4): names at the base URL, a prompt under
 * each. The service's name is the prompt's id; it keeps no other.
 */
final class ServiceBackend implements PromptBackend {
    private final PromptHttp http;
    private final String base;
    private final IdTokens tokens;

    /**
     * @param base   without a slash at its end
     * @param tokens null for a service that asks for none
     */
    ServiceBackend(PromptHttp http, String base, IdTokens tokens) {
        this.http = http;
        this.base = base;
        this.tokens = tokens;
    }

    @Override
    public String name() {
        return "service";
    }

    @Override
    public List<String> ids() {
        JsonNode names = http.json(call("GET", base, null)).path("prompts");
        List<String> ids = new ArrayList<>();
        for (JsonNode name : names) {
            // Others could not be a key here, or not be addressed.
            if (name.isTextual()
                    && !name.textValue().isEmpty()
                    && name.textValue().length() <= 255) {
                ids.add(name.textValue());
            }
        }
        return ids;
    }

    @Override
    public Optional<PromptContent> pull(String id) {
        PromptHttp.Reply reply = call("GET", at(id), null);
        if (reply.status() == 404) {
            return Optional.empty();
        }
        JsonNode prompt = http.json(reply);
        if (!prompt.path("template").isTextual()) {
            throw BackendException.refused("The prompt service answered a prompt without a template.");
        }
        String name = prompt.path("name").asText(id);
        return Optional.of(new PromptContent(
                name.equals(id) || name.length() > 255 ? null : name,
                prompt.get("template").textValue(),
                prompt.path("description").isTextual()
                        ? prompt.get("description").textValue()
                        : null,
                texts(prompt.path("tags")),
                objects(prompt.path("tools"))));
    }

    @Override
    public boolean create(String id, PromptContent content) {
        if (pull(id).isPresent()) {
            return false;
        }
        PromptHttp.Reply reply = post(id, content);
        if (reply.status() == 409) {
            return false;
        }
        http.checkWritten(reply);
        return true;
    }

    @Override
    public void replace(String id, PromptContent content) {
        http.checkWritten(post(id, content));
    }

    @Override
    public void delete(String id) {
        PromptHttp.Reply reply = call("DELETE", at(id), null);
        if (reply.status() != 404) {
            http.checkWritten(reply);
        }
    }

    private PromptHttp.Reply post(String id, PromptContent content) {
        ObjectNode body = Json.object()
                .put("name", id)
                .put("raw_template", content.template())
                .put("description", content.description());
        body.set("tags", list(content.tags()));
        body.set("tools", list(content.tools()));
        return call("POST", base, body);
    }

    /** Null for what is not set, as the protocol has it. */
    private static JsonNode list(List<?> elements) {
        return elements == null || elements.isEmpty() ? Json.MAPPER.nullNode() : Json.MAPPER.valueToTree(elements);
    }

    private String at(String id) {
        return base + "/" + PromptHttp.encoded(id);
    }

    private PromptHttp.Reply call(String method, String url, JsonNode body) {
        PromptHttp.Reply reply = http.sendJson(method, URI.create(url), headers(), body);
        if (reply.status() == 401 && tokens != null) {
            tokens.drop();
            reply = http.sendJson(method, URI.create(url), headers(), body);
        }
        return reply;
    }

    private Map<String, String> headers() {
        return tokens == null ? Map.of() : Map.of("Authorization", "Bearer " + tokens.get());
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : array) {
            if (element.isTextual()) {
                texts.add(element.textValue());
            }
        }
        return texts;
    }

    private static List<JsonNode> objects(JsonNode array) {
        List<JsonNode> objects = new ArrayList<>();
        for (JsonNode element : array) {
            if (element.isObject()) {
                objects.add(element);
            }
        }
        return objects;
    }

    @Override
    public void close() {
        http.close();
    }
}

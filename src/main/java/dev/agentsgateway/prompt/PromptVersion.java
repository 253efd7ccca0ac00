package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.http.Description;
import java.time.LocalDateTime;
import java.util.List;

/** What a prompt was from one change to the next; never changes itself. Timestamps are UTC. */
record PromptVersion(
        String promptId,
        int version,
        String name,
        String template,
        String description,
        List<String> tags,
        List<JsonNode> tools,

        @Description("Labels that point here now") List<String> labels,

        LocalDateTime createdAt,

        @Description("The API key that made it; null when nobody knows, for example of changes made elsewhere")
        Integer createdByKey) {

    /** A version as it is listed. */
    record Summary(
            int version,
            String name,
            String description,
            List<String> tags,
            List<String> labels,
            LocalDateTime createdAt,
            Integer createdByKey) {}

    PromptContent content() {
        return new PromptContent(name, template, description, tags, tools);
    }
}

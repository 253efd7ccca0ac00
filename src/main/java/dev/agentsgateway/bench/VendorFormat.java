package dev.agentsgateway.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.model.Usage;
import java.util.Map;

/** How one vendor writes one answer. An instance writes one answer. */
interface VendorFormat {
    /** The first server-sent events; {@code usage} null when the reply reports none. */
    String head(Usage usage);

    String text(String delta);

    String reasoning(Reply.Step.Reasoning step);

    String toolCall(Reply.Step.ToolCall call);

    /** The last server-sent events. */
    String tail(Reply reply);

    String streamError(Reply.Step.StreamError error);

    /** The whole answer as one JSON document. */
    String whole(Reply reply);

    /** @param code null for the word that goes with the status */
    String error(int status, String code, String message);

    /** What the vendor would not accept, null when all is well. */
    String complaint(JsonNode body, Map<String, String> headers);

    boolean wantsStream(String path, JsonNode body);

    static VendorFormat of(String path, JsonNode body, int number) {
        if (path.endsWith("/chat/completions")) {
            boolean usage = body.path("stream_options").path("include_usage").asBoolean();
            return new OpenAiFormat(body.path("model").asText("?"), number, usage);
        }
        if (path.endsWith("/v1/messages")) {
            return new AnthropicFormat(body.path("model").asText("?"), number);
        }
        if (path.startsWith("/v1beta/models/")) {
            String model = path.substring("/v1beta/models/".length());
            return new GeminiFormat(model.substring(0, Math.max(0, model.indexOf(':'))), number);
        }
        return null;
    }

    static String event(JsonNode data) {
        return "data: " + data + "\n\n";
    }
}

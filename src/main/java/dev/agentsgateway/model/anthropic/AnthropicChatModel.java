package dev.agentsgateway.model.anthropic;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.ChatModel;
import dev.agentsgateway.model.ModelHttp;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ModelStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Anthropic's Messages API ({@code POST {base}/v1/messages}, version 2023-06-01; Anthropic API reference "Create a
 * message", "Streaming messages", "Errors"). Thread-safe.
 */
public final class AnthropicChatModel implements ChatModel {
    /** The name under which this adapter's state is kept. */
    public static final String PROVIDER = "anthropic";

    private final ModelHttp http;
    private final URI uri;
    private final String apiKey;
    private final ToIntFunction<String> defaultMaxTokens;

    /**
     * @param baseUrl without a version
     * @param defaultMaxTokens most output tokens of a model when the request does not say; the protocol requires one
     */
    public AnthropicChatModel(ModelHttp http, String baseUrl, String apiKey, ToIntFunction<String> defaultMaxTokens) {
        this.http = http;
        this.uri = URI.create(baseUrl + "/v1/messages");
        this.apiKey = apiKey;
        this.defaultMaxTokens = defaultMaxTokens;
    }

    @Override
    public ModelStream stream(ModelRequest request) {
        int maxTokens =
                request.maxTokens() != null ? request.maxTokens() : defaultMaxTokens.applyAsInt(request.model());
        byte[] body = Json.write(AnthropicRequest.of(request, maxTokens)).getBytes(StandardCharsets.UTF_8);
        Map<String, String> headers = Map.of("x-api-key", apiKey, "anthropic-version", "2023-06-01");
        return http.stream(new ModelHttp.Call(uri, headers, body, request.stream(), apiKey), new AnthropicDecoder());
    }
}

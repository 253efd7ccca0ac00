package dev.agentsgateway.model.gemini;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.ChatModel;
import dev.agentsgateway.model.ErrorAnswers;
import dev.agentsgateway.model.ModelHttp;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ModelStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Google's Gemini API ({@code POST {base}/v1beta/models/{id}:generateContent} and
 * {@code :streamGenerateContent?alt=sse}; Gemini API reference "Generating content", guides "Function calling" and
 * "Thought signatures"). The key travels in a header, never in the URL, so that no log of URLs can hold it. Thread-safe.
 */
public final class GeminiChatModel implements ChatModel {
    /** The name under which this adapter's state is kept. */
    public static final String PROVIDER = "gemini";

    private final ModelHttp http;
    private final String baseUrl;
    private final String apiKey;

    /** @param baseUrl without a version */
    public GeminiChatModel(ModelHttp http, String baseUrl, String apiKey) {
        this.http = http;
        this.baseUrl = baseUrl;
        this.apiKey = apiKey;
    }

    /** What the vendor's error answers mean, whatever was asked of it. */
    public static ErrorAnswers errors() {
        return new GeminiDecoder();
    }

    @Override
    public ModelStream stream(ModelRequest request) {
        String model = URLEncoder.encode(request.model(), StandardCharsets.UTF_8);
        String method = request.stream() ? ":streamGenerateContent?alt=sse" : ":generateContent";
        URI uri = URI.create(baseUrl + "/v1beta/models/" + model + method);
        byte[] body = Json.write(GeminiRequest.of(request)).getBytes(StandardCharsets.UTF_8);
        var call = new ModelHttp.Call(uri, Map.of("x-goog-api-key", apiKey), body, request.stream(), apiKey);
        return http.stream(call, new GeminiDecoder());
    }
}

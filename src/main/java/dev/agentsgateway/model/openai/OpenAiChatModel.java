package dev.agentsgateway.model.openai;

import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.ChatModel;
import dev.agentsgateway.model.ErrorAnswers;
import dev.agentsgateway.model.ModelHttp;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ModelStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Predicate;

/**
 * OpenAI's Chat Completions ({@code POST {base}/chat/completions}, OpenAI API reference "Create chat completion" and
 * "Streaming"), as spoken by OpenAI and by the many servers that imitate it (Ollama, vLLM, OpenRouter, DeepSeek …).
 * Thread-safe.
 */
public final class OpenAiChatModel implements ChatModel {
    private final ModelHttp http;
    private final URI uri;
    private final String apiKey;
    private final Predicate<String> wantsCompletionTokens;

    /**
     * @param baseUrl ends in {@code /v1}
     * @param apiKey  null sends no {@code Authorization}
     * @param wantsCompletionTokens the models that take {@code max_completion_tokens} instead of {@code max_tokens}
     */
    public OpenAiChatModel(ModelHttp http, String baseUrl, String apiKey, Predicate<String> wantsCompletionTokens) {
        this.http = http;
        this.uri = URI.create(baseUrl + "/chat/completions");
        this.apiKey = apiKey;
        this.wantsCompletionTokens = wantsCompletionTokens;
    }

    /** What the vendor's error answers mean, whatever was asked of it. */
    public static ErrorAnswers errors() {
        return new OpenAiDecoder();
    }

    @Override
    public ModelStream stream(ModelRequest request) {
        var body = OpenAiRequest.of(request, wantsCompletionTokens.test(request.model()));
        Map<String, String> headers = apiKey == null ? Map.of() : Map.of("Authorization", "Bearer " + apiKey);
        byte[] bytes = Json.write(body).getBytes(StandardCharsets.UTF_8);
        return http.stream(new ModelHttp.Call(uri, headers, bytes, request.stream(), apiKey), new OpenAiDecoder());
    }
}

package dev.agentsgateway.knowledge.embedding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.ModelHttp;
import dev.agentsgateway.model.openai.OpenAiChatModel;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Embedding models of OpenAI and of servers that speak its protocol ({@code POST {base}/embeddings}; OpenAI API
 * reference "Create embeddings"). Thread-safe.
 */
public final class OpenAiEmbedder implements Embedder {
    /** Of OpenAI's own models, which refuse longer texts. */
    private static final int MAX_TOKENS = 8191;

    private final EmbeddingCalls calls;
    private final URI uri;
    private final String apiKey;
    private final String model;
    private final int dimension;

    /**
     * @param baseUrl   ends in {@code /v1}
     * @param apiKey    null sends no {@code Authorization}
     * @param dimension asked for where the model's vectors can be shortened, and otherwise expected
     */
    public OpenAiEmbedder(ModelHttp http, String baseUrl, String apiKey, String model, int dimension) {
        this.calls = new EmbeddingCalls(http, OpenAiChatModel.errors(), dimension);
        this.uri = URI.create(baseUrl + "/embeddings");
        this.apiKey = apiKey;
        this.model = model;
        this.dimension = dimension;
    }

    @Override
    public String model() {
        return model;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public int countTokens(String text) {
        return TokenEstimate.of(text);
    }

    @Override
    public int maxTokens() {
        return MAX_TOKENS;
    }

    @Override
    public List<float[]> embedDocuments(List<String> texts) {
        return calls.embed(texts, this::call, OpenAiEmbedder::vectors);
    }

    @Override
    public float[] embedQuery(String text) {
        return embedDocuments(List.of(text)).getFirst();
    }

    private ModelHttp.Call call(List<String> texts) {
        ObjectNode body = Json.object().put("model", model).put("encoding_format", "float");
        if (isShortenable(model)) {
            body.put("dimensions", dimension);
        }
        texts.forEach(body.putArray("input")::add);
        Map<String, String> headers = apiKey == null ? Map.of() : Map.of("Authorization", "Bearer " + apiKey);
        byte[] bytes = Json.write(body).getBytes(StandardCharsets.UTF_8);
        return new ModelHttp.Call(uri, headers, bytes, false, apiKey);
    }

    /** Other models and servers refuse {@code dimensions}. */
    static boolean isShortenable(String model) {
        return model.startsWith("text-embedding-3");
    }

    private static List<JsonNode> vectors(JsonNode answer) {
        List<JsonNode> data = new ArrayList<>();
        answer.path("data").forEach(data::add);
        data.sort(Comparator.comparingInt(embedding -> embedding.path("index").asInt()));
        return data.stream().map(embedding -> embedding.path("embedding")).toList();
    }
}

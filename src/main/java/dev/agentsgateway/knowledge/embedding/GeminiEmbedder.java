package dev.agentsgateway.knowledge.embedding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.ModelHttp;
import dev.agentsgateway.model.gemini.GeminiChatModel;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Google's embedding models ({@code POST {base}/v1beta/models/{id}:batchEmbedContents}; Gemini API reference
 * "Embeddings"). Thread-safe.
 */
public final class GeminiEmbedder implements Embedder {
    /** Of {@code gemini-embedding-001}; the provider cuts longer texts. */
    private static final int MAX_TOKENS = 2048;

    private final EmbeddingCalls calls;
    private final URI uri;
    private final String apiKey;
    private final String model;
    private final int dimension;

    /** @param baseUrl without a version */
    public GeminiEmbedder(ModelHttp http, String baseUrl, String apiKey, String model, int dimension) {
        this.calls = new EmbeddingCalls(http, GeminiChatModel.errors(), dimension);
        this.uri = URI.create(
                baseUrl + "/v1beta/models/" + URLEncoder.encode(model, StandardCharsets.UTF_8) + ":batchEmbedContents");
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
        return embed(texts, "RETRIEVAL_DOCUMENT");
    }

    @Override
    public float[] embedQuery(String text) {
        return embed(List.of(text), "RETRIEVAL_QUERY").getFirst();
    }

    private List<float[]> embed(List<String> texts, String taskType) {
        return calls.embed(texts, batch -> call(batch, taskType), GeminiEmbedder::vectors);
    }

    private ModelHttp.Call call(List<String> texts, String taskType) {
        ObjectNode body = Json.object();
        ArrayNode requests = body.putArray("requests");
        for (String text : texts) {
            ObjectNode request = requests.addObject();
            request.put("model", "models/" + model);
            ObjectNode content = request.putObject("content").put("role", "user");
            content.putArray("parts").addObject().put("text", text);
            request.put("taskType", taskType).put("outputDimensionality", dimension);
        }
        byte[] bytes = Json.write(body).getBytes(StandardCharsets.UTF_8);
        return new ModelHttp.Call(uri, Map.of("x-goog-api-key", apiKey), bytes, false, apiKey);
    }

    private static List<JsonNode> vectors(JsonNode answer) {
        List<JsonNode> vectors = new ArrayList<>();
        answer.path("embeddings").forEach(embedding -> vectors.add(embedding.path("values")));
        return vectors;
    }
}

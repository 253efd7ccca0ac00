package dev.agentsgateway.knowledge.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.ModelConfig;
import dev.agentsgateway.model.ModelHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Both providers, each a server that answers a text of n characters with the direction (n, 1, 0). */
class RemoteEmbeddersTest {
    private static final String KEY = "canary-key-0123456789";

    private record Received(String path, Map<String, List<String>> headers, JsonNode body) {}

    private record Scripted(int status, String retryAfter, Function<JsonNode, JsonNode> body) {}

    private final List<Received> received = Collections.synchronizedList(new ArrayList<>());
    private final Deque<Scripted> script = new ArrayDeque<>();
    private HttpServer server;
    private ModelHttp http;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        http = new ModelHttp(ModelHttp.Settings.DEFAULT
                .withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(20))
                .withRetries(3, Duration.ofMillis(5), Duration.ofSeconds(2)));
    }

    @AfterEach
    void stop() {
        http.close();
        server.stop(0);
    }

    @Test
    void geminiIsAskedInItsOwnWords() {
        Embedder embedder = gemini();
        List<float[]> vectors = embedder.embedDocuments(List.of("four", "seventh"));
        assertThat(vectors.get(0)).containsExactly(unit(4));
        assertThat(vectors.get(1)).containsExactly(unit(7));
        assertThat(embedder.embedQuery("three")).containsExactly(unit(5));

        Received documents = received.get(0);
        assertThat(documents.path()).isEqualTo("/v1beta/models/gemini-embedding-001:batchEmbedContents");
        assertThat(documents.headers().get("X-goog-api-key")).containsExactly(KEY);
        assertThat(documents.body()).isEqualTo(Json.read("""
                {"requests":[
                  {"model":"models/gemini-embedding-001","content":{"role":"user","parts":[{"text":"four"}]},
                   "taskType":"RETRIEVAL_DOCUMENT","outputDimensionality":3},
                  {"model":"models/gemini-embedding-001","content":{"role":"user","parts":[{"text":"seventh"}]},
                   "taskType":"RETRIEVAL_DOCUMENT","outputDimensionality":3}]}"""));
        assertThat(received.get(1).body().at("/requests/0/taskType").textValue())
                .isEqualTo("RETRIEVAL_QUERY");
    }

    @Test
    void openAiIsAskedInItsOwnWordsAndMayAnswerInAnotherOrder() {
        Embedder embedder = openAi("text-embedding-3-small");
        script.add(new Scripted(200, null, body -> {
            ObjectNode answer = openAiAnswer(body);
            ArrayNode data = (ArrayNode) answer.get("data");
            data.add(data.remove(0));
            return answer;
        }));
        List<float[]> vectors = embedder.embedDocuments(List.of("four", "seventh"));
        assertThat(vectors.get(0)).containsExactly(unit(4));
        assertThat(vectors.get(1)).containsExactly(unit(7));
        Received request = received.getFirst();
        assertThat(request.path()).isEqualTo("/v1/embeddings");
        assertThat(request.headers().get("Authorization")).containsExactly("Bearer " + KEY);
        assertThat(request.body()).isEqualTo(Json.read("""
                {"model":"text-embedding-3-small","encoding_format":"float","dimensions":3,"input":["four","seventh"]}"""));
        openAi("nomic-embed-text").embedQuery("x");
        assertThat(received.get(1).body().has("dimensions")).isFalse();
    }

    @Test
    void asksForAtMostAHundredTextsAtOnceAndNotForTooMuchTextEither() {
        List<String> texts =
                IntStream.range(0, 250).mapToObj(i -> "x".repeat(i % 7 + 1)).toList();
        for (Embedder embedder : List.of(gemini(), openAi("text-embedding-3-small"))) {
            received.clear();
            List<float[]> vectors = embedder.embedDocuments(texts);
            assertThat(received).extracting(r -> size(r.body())).containsExactly(100, 100, 50);
            for (int i = 0; i < 250; i++) {
                assertThat(vectors.get(i)).containsExactly(unit(i % 7 + 1));
            }
        }
        received.clear();
        gemini().embedDocuments(Collections.nCopies(3, "word ".repeat(60_000)));
        assertThat(received).extracting(r -> size(r.body())).containsExactly(1, 1, 1);
        received.clear();
        assertThat(gemini().embedDocuments(List.of())).isEmpty();
        assertThat(received).isEmpty();
    }

    @Test
    void triesAgainWhenTheProviderIsBusyAndWaitsAsItIsTold() {
        script.add(new Scripted(429, "1", body -> Json.object()));
        script.add(new Scripted(503, null, body -> Json.object()));
        long start = System.nanoTime();
        assertThat(gemini().embedQuery("four")).containsExactly(unit(4));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(950));
        assertThat(received).hasSize(3);
    }

    @Test
    void whatMayPassAndWhatWillNotAreToldApart() {
        IntStream.range(0, 3).forEach(i -> script.add(new Scripted(500, null, body -> Json.object())));
        EmbeddingException busy = failure(gemini());
        assertThat(busy.permanent()).isFalse();
        assertThat(busy).hasMessage("Embedding failed: The model provider failed.");

        script.add(new Scripted(401, null, body -> Json.object().put("error", "bad key " + KEY)));
        EmbeddingException refused = failure(openAi("text-embedding-3-small"));
        assertThat(refused.permanent()).isTrue();
        assertThat(refused).hasMessage("Embedding failed: The model provider rejected the gateway's credentials.");
        assertThat(refused.detail()).contains("401").doesNotContain(KEY);
        assertThat(received).hasSize(4);
    }

    @Test
    void aWrongNumberOfVectorsOrOfValuesIsAnError() {
        script.add(new Scripted(200, null, body -> Json.read("{\"embeddings\":[]}")));
        assertThat(failure(gemini()))
                .hasMessage("The embedding provider answered with 0 vectors for 1 texts.")
                .extracting(EmbeddingException::permanent)
                .isEqualTo(true);
        script.add(new Scripted(200, null, body -> Json.read("{\"data\":[{\"index\":0,\"embedding\":[1,2]}]}")));
        assertThat(failure(openAi("nomic-embed-text")))
                .hasMessage("The embedding provider answered with a vector of 2 numbers instead of 3.");
        for (String values : List.of("[0,0,0]", "[1,2,null]", "[1,2,\"3\"]", "[1e300,1e300,0]")) {
            script.add(new Scripted(200, null, body -> Json.read("{\"embeddings\":[{\"values\":" + values + "}]}")));
            assertThat(failure(gemini()))
                    .as(values)
                    .hasMessage("The embedding provider answered with a vector that has no direction.");
        }
        script.add(new Scripted(200, null, body -> Json.read("[]")));
        assertThat(failure(gemini())).hasMessageContaining("0 vectors");
    }

    @Test
    void settingsChooseTheProvider() {
        EmbeddingConfig local = EmbeddingConfig.of(Map.of());
        assertThat(local.problems()).isEmpty();
        Embedder embedder = Embedders.from(local, ModelConfig.of(Map.of()), http);
        assertThat(embedder.model()).isEqualTo("all-minilm-l6-v2-q");
        assertThat(embedder.dimension()).isEqualTo(384);

        EmbeddingConfig gemini = EmbeddingConfig.of(Map.of("EMBEDDING_PROVIDER", "Gemini", "GOOGLE_API_KEY", KEY));
        assertThat(gemini.problems()).isEmpty();
        assertThat(gemini.model()).isEqualTo("gemini-embedding-001");
        assertThat(gemini.dimension()).isEqualTo(1536);
    }

    @Test
    void settingsThatCannotBeMeantAreProblems() {
        assertThat(problems("EMBEDDING_PROVIDER", "bert"))
                .containsExactly("EMBEDDING_PROVIDER: must be local, gemini or openai, but is 'bert'");
        assertThat(problems("EMBEDDING_PROVIDER", "gemini"))
                .singleElement()
                .asString()
                .contains("GOOGLE_API_KEY");
        assertThat(problems("EMBEDDING_PROVIDER", "openai"))
                .singleElement()
                .asString()
                .contains("OPENAI_API_KEY");
        assertThat(problems("EMBEDDING_MODEL", "other"))
                .singleElement()
                .asString()
                .startsWith("EMBEDDING_MODEL:");
        assertThat(problems("EMBEDDING_DIMENSION", "512"))
                .singleElement()
                .asString()
                .contains("384");
        assertThat(problems("EMBEDDING_DIMENSION", "x"))
                .singleElement()
                .asString()
                .contains("from 1 to 4096");
        assertThat(EmbeddingConfig.of(Map.of(
                                "EMBEDDING_PROVIDER", "openai", "OPENAI_BASE_URL", "http://h", "EMBEDDING_MODEL", "m"))
                        .problems())
                .singleElement()
                .asString()
                .startsWith("EMBEDDING_DIMENSION: must be set");
    }

    @Test
    void anUnreachableProviderMayPass() {
        server.stop(0);
        assertThatThrownBy(() -> gemini().embedQuery("x"))
                .isInstanceOf(EmbeddingException.class)
                .hasMessageNotContaining("127.0.0.1")
                .extracting(e -> ((EmbeddingException) e).permanent())
                .isEqualTo(false);
    }

    private List<String> problems(String name, String value) {
        return EmbeddingConfig.of(Map.of(name, value)).problems();
    }

    private static EmbeddingException failure(Embedder embedder) {
        return catchThrowableOfType(EmbeddingException.class, () -> embedder.embedQuery("four"));
    }

    private Embedder gemini() {
        return embedder(Map.of("EMBEDDING_PROVIDER", "gemini", "EMBEDDING_DIMENSION", "3"));
    }

    private Embedder openAi(String model) {
        return embedder(Map.of("EMBEDDING_PROVIDER", "openai", "EMBEDDING_DIMENSION", "3", "EMBEDDING_MODEL", model));
    }

    private Embedder embedder(Map<String, String> settings) {
        String base = "http://127.0.0.1:" + server.getAddress().getPort();
        ModelConfig models = ModelConfig.of(Map.of(
                "OPENAI_BASE_URL", base + "/v1",
                "OPENAI_API_KEY", KEY,
                "GOOGLE_GEMINI_BASE_URL", base,
                "GOOGLE_API_KEY", KEY));
        return Embedders.from(EmbeddingConfig.of(settings), models, http);
    }

    private static float[] unit(int n) {
        double length = Math.sqrt(n * n + 1.0);
        return new float[] {(float) (n / length), (float) (1 / length), 0};
    }

    private static int size(JsonNode body) {
        return body.path("requests").size() + body.path("input").size();
    }

    private void answer(HttpExchange exchange) throws IOException {
        JsonNode body = Json.MAPPER.readTree(exchange.getRequestBody());
        received.add(new Received(exchange.getRequestURI().getRawPath(), exchange.getRequestHeaders(), body));
        Scripted scripted = script.poll();
        JsonNode answer = scripted != null
                ? scripted.body().apply(body)
                : body.has("requests") ? geminiAnswer(body) : openAiAnswer(body);
        if (scripted != null && scripted.retryAfter() != null) {
            exchange.getResponseHeaders().add("Retry-After", scripted.retryAfter());
        }
        byte[] bytes = answer.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(scripted == null ? 200 : scripted.status(), bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static ObjectNode geminiAnswer(JsonNode body) {
        ObjectNode answer = Json.object();
        ArrayNode embeddings = answer.putArray("embeddings");
        body.get("requests")
                .forEach(request -> direction(
                        embeddings.addObject().putArray("values"),
                        request.at("/content/parts/0/text").textValue()));
        return answer;
    }

    private static ObjectNode openAiAnswer(JsonNode body) {
        ObjectNode answer = Json.object();
        ArrayNode data = answer.putArray("data");
        body.get("input").forEach(text -> {
            ObjectNode embedding = data.addObject().put("index", data.size() - 1);
            direction(embedding.putArray("embedding"), text.textValue());
        });
        return answer;
    }

    private static void direction(ArrayNode values, String text) {
        values.add(text.length()).add(1).add(0);
    }
}

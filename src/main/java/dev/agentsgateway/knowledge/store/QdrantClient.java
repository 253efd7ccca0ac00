package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.LazyTls;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.util.Timeout;

/** Qdrant's REST API, as far as it is needed. Thread-safe. */
final class QdrantClient implements AutoCloseable {
    private static final int MOST_BYTES = 64 << 20;
    private static final int MOST_CONNECTIONS = 50;

    private final URI base;
    private final String apiKey;
    private final CloseableHttpClient http;

    /** @param apiKey null for none */
    QdrantClient(URI base, String apiKey) {
        this.base = base;
        this.apiKey = apiKey;
        this.http = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setTlsSocketStrategy(new LazyTls())
                        .setMaxConnPerRoute(MOST_CONNECTIONS)
                        .setMaxConnTotal(MOST_CONNECTIONS)
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(Timeout.ofSeconds(5))
                                .setSocketTimeout(Timeout.ofSeconds(30))
                                .build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setResponseTimeout(Timeout.ofSeconds(30))
                        .setConnectionRequestTimeout(Timeout.ofSeconds(5))
                        .build())
                // A redirect would carry the key to another host.
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAutomaticRetries()
                .build();
    }

    /** @param status of HTTP; {@code result} is the answer's member of that name, missing when there is none */
    record Answer(int status, JsonNode result, String error) {}

    /**
     * @param body null for none
     * @throws StoreException when Qdrant cannot be reached; passing
     */
    Answer send(String method, String path, JsonNode body) {
        HttpUriRequestBase request = new HttpUriRequestBase(method, URI.create(base + path));
        if (apiKey != null) {
            request.setHeader("api-key", apiKey);
        }
        if (body != null) {
            byte[] bytes = Json.write(body).getBytes(StandardCharsets.UTF_8);
            request.setEntity(new ByteArrayEntity(bytes, ContentType.APPLICATION_JSON));
        }
        try {
            return http.execute(request, response -> {
                JsonNode answer = MissingNode.getInstance();
                if (response.getEntity() != null) {
                    try (InputStream in = response.getEntity().getContent()) {
                        answer = read(in.readNBytes(MOST_BYTES));
                    }
                }
                String error = answer.at("/status/error").asText("no reason given");
                return new Answer(response.getCode(), answer.path("result"), error);
            });
        } catch (IOException e) {
            throw StoreException.passing("Qdrant cannot be reached.", e);
        }
    }

    private static JsonNode read(byte[] bytes) {
        try {
            return Json.read(new String(bytes, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return MissingNode.getInstance();
        }
    }

    /** Like {@link #send}; throws for an answer that is no success. */
    JsonNode call(String method, String path, JsonNode body) {
        Answer answer = send(method, path, body);
        if (answer.status() / 100 != 2) {
            throw failed(answer);
        }
        return answer.result();
    }

    static StoreException failed(Answer answer) {
        boolean refused = answer.status() == 400 || answer.status() == 422;
        String what = answer.status() == 401 || answer.status() == 403
                ? "Qdrant does not accept the QDRANT_API_KEY."
                : "Qdrant answered with status " + answer.status() + ".";
        IOException cause = new IOException(answer.error());
        return refused ? StoreException.permanent(what, cause) : StoreException.passing(what, cause);
    }

    @Override
    public void close() {
        try {
            http.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}

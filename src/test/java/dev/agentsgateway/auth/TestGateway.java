package dev.agentsgateway.auth;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.admin.ApiKeyRoutes;
import dev.agentsgateway.admin.HealthRoutes;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Binder;
import dev.agentsgateway.http.HttpConfig;
import dev.agentsgateway.http.HttpServer;
import dev.agentsgateway.http.RequestObserver;
import dev.agentsgateway.http.Route;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** The real server with the admin and health routes, and one route for holders of keys: {@code GET /v2/whoami}. */
public final class TestGateway implements AutoCloseable {
    public static final String ADMIN_SECRET = "correct horse";

    private final HttpClient client = HttpClient.newHttpClient();
    private final ApiKeys keys;
    private final RateLimits rateLimits;
    private final HttpServer server;
    private final AtomicBoolean draining = new AtomicBoolean();

    public TestGateway(Database database, InstantSource clock, boolean authDisabled, String adminSecret)
            throws IOException {
        keys = new ApiKeys(database, clock);
        rateLimits = new RateLimits(database, clock);
        ApiKeyGuard guard = new ApiKeyGuard(keys, rateLimits, authDisabled, adminSecret);
        List<Route<?>> routes =
                Route.of(new ApiKeyRoutes(keys), new HealthRoutes(database, "1.0", draining::get), TestGateway::whoami);
        server = new HttpServer(HttpConfig.local(), routes, guard, new Binder(), RequestObserver.NONE);
        server.start();
    }

    private static List<Route<?>> whoami() {
        return List.of(Route.get("/v2/whoami", Route.NoInput.class)
                .tag("test")
                .summary("Who is calling")
                .scope("agents:read")
                .answers(200, Object.class)
                .handle(call -> Answer.ok(call.caller())));
    }

    public record Reply(int status, String body, HttpResponse<String> http) {
        public JsonNode json() {
            return Json.read(body);
        }

        public String header(String name) {
            return http.headers().firstValue(name).orElse(null);
        }
    }

    public ApiKeys keys() {
        return keys;
    }

    public int port() {
        return server.port();
    }

    public void drain() {
        draining.set(true);
    }

    public Reply admin(String method, String path, String body) {
        return send(method, path, body, "X-Admin-Secret", ADMIN_SECRET);
    }

    public Reply whoami(String key) {
        return send("GET", "/v2/whoami", null, "X-API-Key", key);
    }

    public Reply send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response.body(), response);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
        rateLimits.close();
        keys.close();
    }
}

package dev.agentsgateway.approval;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.approval.notify.NotificationRoutes;
import dev.agentsgateway.approval.notify.Notifications;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Reach;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.TestDatabase;
import dev.agentsgateway.http.Access;
import dev.agentsgateway.http.Binder;
import dev.agentsgateway.http.Caller;
import dev.agentsgateway.http.Guard;
import dev.agentsgateway.http.HttpConfig;
import dev.agentsgateway.http.HttpServer;
import dev.agentsgateway.http.RequestObserver;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.run.Decisions;
import dev.agentsgateway.run.RequirementStore;
import dev.agentsgateway.tool.ArgumentCheck;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The approval routes on a real server and a fresh database. The key says what its bearer reaches: {@code all}, or a
 * tenant and users, for example {@code t1:u1,u2}; its id is 7.
 */
final class ApprovalServer implements AutoCloseable {
    final TestDatabase test = TestDatabase.create();
    final StoredCalls calls = new StoredCalls(test.database());
    final RequirementStore store = new RequirementStore();
    final ApprovalLinks links;
    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpServer server;

    record Reply(int status, String body, HttpResponse<String> response) {
        JsonNode json() {
            return Json.read(body);
        }

        String detail() {
            return json().get("detail").asText();
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }
    }

    ApprovalServer() throws IOException {
        Database database = test.database();
        links = ApprovalLinks.open(database, null, this::url);
        Decisions decisions = new Decisions(database, UUID.randomUUID(), _ -> null);
        Approvals approvals = new Approvals(database, store, decisions, Clock.systemUTC());
        Notifications notifications =
                new Notifications(database, store, List.of(), links, Notifications.Settings.DEFAULT);
        server = new HttpServer(
                new HttpConfig("127.0.0.1", 0, HttpConfig.Limits.DEFAULT, List.of(), true, "test", "1"),
                Route.of(
                        new ApprovalRoutes(approvals, new ArgumentCheck(List.of())),
                        new NotificationRoutes(approvals, notifications),
                        new ApprovalPageRoutes(approvals, links)),
                new Guard() {
                    @Override
                    public Admission admit(Access access, Function<String, String> header) {
                        return access instanceof Access.Public
                                ? new Admission(Caller.ANONYMOUS, Map.of())
                                : new Admission(
                                        new Caller(7, null, Set.of(), reach(header.apply("X-API-Key"))), Map.of());
                    }
                },
                new Binder(),
                RequestObserver.NONE);
        server.start();
    }

    private static Reach reach(String key) {
        if (key.equals("all")) {
            return Reach.ALL;
        }
        String[] parts = key.split(":", -1);
        return new Reach(
                parts[0].isEmpty() ? null : parts[0], parts[1].isEmpty() ? Set.of() : Set.of(parts[1].split(",")));
    }

    String url() {
        return "http://127.0.0.1:" + server.port();
    }

    /** As if no call had ever waited. */
    void forget() {
        test.database().<Integer>with(handle -> handle.execute("TRUNCATE ai.sessions CASCADE"));
    }

    Reply get(String path) {
        return get(path, "all");
    }

    Reply get(String path, String key) {
        return send("GET", path, null, "X-API-Key", key);
    }

    Reply post(String path, String body) {
        return post(path, body, "all");
    }

    Reply post(String path, String body, String key) {
        return send("POST", path, body, "X-API-Key", key, "Content-Type", "application/json");
    }

    Reply form(String path, Map<String, String> fields) {
        String body = fields.entrySet().stream()
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return send("POST", path, body, "Content-Type", "application/x-www-form-urlencoded");
    }

    Reply send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path))
                .timeout(Duration.ofSeconds(20))
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response.body(), response);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
        test.close();
    }
}

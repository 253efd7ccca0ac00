package dev.agentsgateway.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.StatusSamples.Sample;
import dev.agentsgateway.approval.StoredCalls;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** How {@link StatusCodesTest} makes a status happen. */
final class StatusCases {
    /** A route's status. */
    record Declared(String method, String path, int status, boolean admin, boolean open) {
        String operation() {
            return method + " " + path;
        }
    }

    /** What is done, in the words of the table; then what was answered. */
    record Case(String words, Attempt attempt) {}

    interface Attempt {
        int status() throws Exception;
    }

    private static final String KEY = "X-API-Key";
    private static final String ADMIN = "X-Admin-Secret";

    private final StatusWorld world;
    private final TestGateway works;
    private int last;

    StatusCases(StatusWorld world) {
        this.world = world;
        works = world.works;
    }

    /** Null when nobody knows how. */
    Case of(Declared declared) {
        Sample sample = StatusSamples.SAMPLES.getOrDefault(declared.operation(), declared.open() ? Sample.PLAIN : null);
        if (sample == null) {
            return null;
        }
        int number = ++last;
        Map<String, String> good = credentials(declared, works);
        if (declared.path().startsWith("/v2/knowledge") && KNOWLEDGE.contains(declared.status())) {
            return knowledge(declared, sample, number, good);
        }
        return switch (declared.status()) {
            case 200, 201 -> new Case("a request that fits", () -> call(works, declared, sample, number, good));
            case 202 ->
                new Case("a chat in the background", () -> {
                    String path = path(declared, value(works, sample, number));
                    return send(works, declared, path, chat("Hi", body -> body.put("background", true)), good);
                });
            case 204 ->
                new Case("the last event of a run that is over", () -> {
                    String path = path(declared, value(works, sample, number)) + "?after=999999";
                    return send(works, declared, path, null, good);
                });
            case 400 ->
                new Case("a template that is too short", () -> {
                    ObjectNode body = (ObjectNode) Json.read(sample.body().of(works, number));
                    String path = path(declared, value(works, sample, number));
                    return send(
                            works, declared, path, body.put("template", "short").toString(), good);
                });
            case 401 -> new Case("no credentials", () -> call(works, declared, sample, number, Map.of()));
            case 403 ->
                new Case(
                        "a key without the scope",
                        () -> call(works, declared, sample, number, Map.of(KEY, world.scopeless)));
            case 404 ->
                declared.operation().equals(StatusSamples.COMMIT)
                        ? new Case("another model than that of the paused chat", () -> otherModel(number))
                        : sample.unknown() == null
                                ? null
                                : new Case(
                                        "an id that names nothing",
                                        () -> send(
                                                works,
                                                declared,
                                                path(declared, sample.unknown()),
                                                body(sample, number),
                                                good));
            case 408 -> new Case("a body that never ends", () -> slow(declared, sample));
            case 409 -> conflict(declared, sample, number, good);
            case 410 -> gone(declared, sample, number, good);
            case 413 ->
                new Case(
                        "a body above the limit",
                        () -> send(
                                works,
                                declared,
                                path(declared, sample.unknown()),
                                " ".repeat(StatusWorld.MAX_BODY + 1),
                                good));
            case 422 -> invalid(declared, sample, good);
            case 429 ->
                new Case("a second request with a key for one an hour", () -> {
                    Map<String, String> limited =
                            Map.of(KEY, works.createKey("limited " + number, body -> body.put("rate_limit", 1)));
                    String path = path(declared, sample.unknown());
                    send(works, declared, path, body(sample, number), limited);
                    return send(works, declared, path, body(sample, number), limited);
                });
            case 500 ->
                new Case("a table that is missing", () -> {
                    // These need no table but that of the keys.
                    boolean keys = declared.admin()
                            || declared.path().contains("/cache")
                            || declared.path().equals("/v2/approvals/plugins/list");
                    TestGateway gateway = keys ? world.brokenKeys : world.broken;
                    String path = path(declared, sample.unknown());
                    return send(gateway, declared, path, body(sample, number), credentials(declared, gateway));
                });
            case 503 ->
                new Case("a database that is away", () -> {
                    String path = path(declared, sample.unknown());
                    return send(
                            world.cutOff, declared, path, body(sample, number), credentials(declared, world.cutOff));
                });
            default -> null;
        };
    }

    private static final Set<Integer> KNOWLEDGE = Set.of(200, 202, 204, 400, 409);

    private Case knowledge(Declared declared, Sample sample, int number, Map<String, String> good) {
        boolean upload = declared.operation().equals(StatusSamples.UPLOAD);
        String value = value(works, sample, number);
        String body = body(sample, number);
        if (upload && declared.status() == 200) {
            return new Case("the same document twice", () -> {
                send(works, declared, path(declared, value), body, good);
                return send(works, declared, path(declared, value), body, good);
            });
        }
        if (declared.status() == 409) {
            return new Case("a file id that is taken", () -> {
                String path = path(declared, value) + (upload ? "&file_id=" + StatusSamples.NO_FILE : "");
                send(works, declared, path, body, good);
                return send(works, declared, path, upload ? body + " and more" : body, good);
            });
        }
        if (declared.status() == 400) {
            String noUuid = declared.path().contains("{file_id}")
                    ? path(declared, sample.unknown()).replace(StatusSamples.NO_FILE, "no-uuid")
                    : path(declared, value) + (upload ? "&file_id=no-uuid" : "");
            String wrong = upload || body == null ? body : body.replaceAll("00000000-[0-9-]+", "no-uuid");
            return new Case("a file id that is no UUID", () -> send(works, declared, noUuid, wrong, good));
        }
        return new Case("a request that fits", () -> send(works, declared, path(declared, value), body, good));
    }

    private Case conflict(Declared declared, Sample sample, int number, Map<String, String> good) {
        if (declared.operation().equals(StatusSamples.CANCEL)) {
            return new Case("a run that is over", () -> {
                String path = path(declared, StatusSamples.RUN.of(works, number));
                return send(works, declared, path, null, good);
            });
        }
        if (declared.operation().equals(StatusSamples.CHAT)) {
            return new Case("a busy session, when the request does not wait", () -> {
                String path = path(declared, value(works, sample, number));
                send(works, declared, path, chat("Stall", body -> body.put("background", true)), good);
                return send(works, declared, path, chat("Hi", body -> body.put("on_busy", "reject")), good);
            });
        }
        if (declared.path().contains("approvals")) {
            return decided(declared, sample, number, good);
        }
        if (declared.path().endsWith("/clear") || declared.path().startsWith("/v2/sessions")) {
            return new Case("a run that is paused", () -> paused(declared, sample, number, good));
        }
        return new Case("the same id twice", () -> {
            call(works, declared, sample, number, good);
            return call(works, declared, sample, number, good);
        });
    }

    private Case decided(Declared declared, Sample sample, int number, Map<String, String> good) {
        return new Case("an approval that is decided", () -> {
            String id = StatusSamples.APPROVAL.of(works, number);
            String value = declared.open() ? StatusSamples.link(works, id) : id;
            works.post("/v2/approvals/" + id + "/approve", Json.object());
            return send(works, declared, path(declared, value), body(sample, number), good);
        });
    }

    private int paused(Declared declared, Sample sample, int number, Map<String, String> headers) {
        String path = path(declared, value(works, sample, number));
        if (sample.make() == StatusSamples.AGENT) {
            works.chat("agent-" + number, "Hi", body -> body.put("stream", false));
        }
        works.database().with(handle -> handle.execute("""
                        UPDATE ai.runs r SET status = 'paused' FROM ai.sessions s
                        WHERE s.id = r.session AND s.owner_id = ?
                        """, "agent-" + number));
        return send(works, declared, path, body(sample, number), headers);
    }

    private Case gone(Declared declared, Sample sample, int number, Map<String, String> good) {
        if (declared.operation().equals(StatusSamples.CHAT)) {
            return new Case("the Idempotency-Key of a run that was deleted", () -> {
                String path = path(declared, value(works, sample, number));
                Map<String, String> keyed = new LinkedHashMap<>(good);
                keyed.put("Idempotency-Key", "gone-" + number);
                send(works, declared, path, body(sample, number), keyed);
                works.database()
                        .with(handle ->
                                handle.execute("DELETE FROM ai.sessions WHERE owner_id = ?", "agent-" + number));
                return send(works, declared, path, body(sample, number), keyed);
            });
        }
        if (declared.operation().equals(StatusSamples.COMMIT)) {
            return new Case(
                    "a run that does not wait",
                    () -> send(
                            works,
                            declared,
                            path(declared, sample.unknown()),
                            StatusSamples.commit(StatusSamples.NO_RUN, true),
                            good));
        }
        if (declared.operation().equals(StatusSamples.TOOLKIT_CONFIRM)) {
            return new Case("a call whose time is over", () -> {
                String path = path(declared, value(works, sample, number));
                String body = body(sample, number);
                works.database()
                        .with(handle -> handle.execute(
                                "UPDATE ai.held_calls SET expires_at = now() WHERE agent_id = ?", "agent-" + number));
                return send(works, declared, path, body, good);
            });
        }
        if (declared.path().endsWith("/events")) {
            return new Case("events that were dropped by age", () -> {
                String run = value(works, sample, number);
                works.database()
                        .with(handle -> handle.execute("UPDATE ai.runs SET last_seq = 0 WHERE id = ?::uuid", run));
                return send(works, declared, path(declared, run), null, good);
            });
        }
        return new Case("an approval that has expired", () -> {
            String id = StatusSamples.APPROVAL.of(works, number);
            String value = declared.open() ? StatusSamples.link(works, id) : id;
            new StoredCalls(works.database()).expire(UUID.fromString(id));
            return send(works, declared, path(declared, value), body(sample, number), good);
        });
    }

    private int otherModel(int number) {
        String agent = StatusSamples.AGENT.of(works, number);
        String run = works.chat(agent, "Pause", body -> body.put("stream", false))
                .json()
                .get("run_id")
                .asText();
        return works.post("/v2/agents/" + agent + "/chat/commit", Json.read(StatusSamples.commit(run, true)))
                .status();
    }

    private Case invalid(Declared declared, Sample sample, Map<String, String> good) {
        if (sample.misfit() != null) {
            return new Case(
                    "a body that does not fit",
                    () -> send(works, declared, path(declared, sample.unknown()), sample.misfit(), good));
        }
        if (sample.malformed() == null) {
            return null;
        }
        return sample.malformed().startsWith("?")
                ? new Case(
                        "a query that does not fit",
                        () -> send(works, declared, declared.path() + sample.malformed(), null, good))
                : new Case(
                        "an id that cannot be one",
                        () -> send(works, declared, path(declared, sample.malformed()), body(sample, 0), good));
    }

    private static String chat(String message, TestGateway.BodyChange change) {
        return TestGateway.chatBody(message, change).toString();
    }

    private static Map<String, String> credentials(Declared declared, TestGateway gateway) {
        if (declared.open()) {
            return declared.method().equals("POST")
                    ? Map.of("Content-Type", "application/x-www-form-urlencoded")
                    : Map.of();
        }
        return declared.admin() ? Map.of(ADMIN, TestGateway.ADMIN_SECRET) : Map.of(KEY, gateway.apiKey());
    }

    private static String value(TestGateway gateway, Sample sample, int number) {
        return sample.make() == null ? null : sample.make().of(gateway, number);
    }

    private String body(Sample sample, int number) {
        return sample.body() == null ? null : sample.body().of(works, number);
    }

    private static String path(Declared declared, String value) {
        String path = declared.path();
        for (String part : value == null ? new String[0] : value.split(",")) {
            path = path.replaceFirst("\\{\\w+}", part);
        }
        if (declared.operation().equals(StatusSamples.TOOLKIT_RUN)) {
            path += StatusSamples.toolkitCall("resolve_datetime") + "&text=tomorrow";
        }
        if (declared.operation().equals(StatusSamples.UPLOAD)) {
            path += "?filename=a.txt";
        }
        return path;
    }

    private int call(TestGateway gateway, Declared declared, Sample sample, int number, Map<String, String> headers) {
        return send(gateway, declared, path(declared, value(gateway, sample, number)), body(sample, number), headers);
    }

    private static int send(
            TestGateway gateway, Declared declared, String path, String body, Map<String, String> headers) {
        return gateway.send(declared.method(), path, body, headers).status();
    }

    /** Promises a body and sends only its beginning. */
    private int slow(Declared declared, Sample sample) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", works.port())) {
            socket.setSoTimeout(20_000);
            String head = declared.method() + " " + path(declared, sample.unknown())
                    + " HTTP/1.1\r\nHost: gateway.test\r\nX-API-Key: " + works.apiKey()
                    + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            InputStream in = socket.getInputStream();
            String status = new String(in.readNBytes("HTTP/1.1 408".length()), StandardCharsets.US_ASCII);
            return Integer.parseInt(status.substring("HTTP/1.1 ".length()));
        }
    }
}

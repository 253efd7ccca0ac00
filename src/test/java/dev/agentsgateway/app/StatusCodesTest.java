package dev.agentsgateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.approval.ApprovalLinks;
import dev.agentsgateway.approval.StoredCalls;
import dev.agentsgateway.auth.CuttableProxy;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.DatabaseSettings;
import dev.agentsgateway.db.TestDatabase;
import dev.agentsgateway.run.RequirementStore;
import dev.agentsgateway.tool.TestTool;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Makes every status happen that the OpenAPI document of a running gateway declares, once for each route, and keeps
 * {@code docs/status-codes.md}. A declared status that nothing here can produce fails: the document would be wrong.
 */
class StatusCodesTest {
    private static final Path TABLE = Path.of("docs", "status-codes.md");
    private static final int MAX_BODY = 4096;
    private static final String KEY = "X-API-Key";
    private static final String ADMIN = "X-Admin-Secret";
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** A route's status. */
    private record Declared(String method, String path, int status, boolean admin, boolean open) {
        String operation() {
            return method + " " + path;
        }
    }

    /**
     * How a route is called well.
     *
     * @param make      makes what the path names and returns its value; null when the path names nothing
     * @param unknown   a value that names nothing
     * @param malformed a value that cannot name anything
     * @param body      makes a body that fits, null for none
     * @param misfit    a body that does not fit, null to use {@code malformed} instead
     */
    private record Sample(Value make, String unknown, String malformed, Value body, String misfit) {
        static final Sample PLAIN = new Sample(null, null, null, null, null);
    }

    private interface Value {
        String of(TestGateway gateway, int number);
    }

    private static final Value AGENT = (gateway, number) -> {
        gateway.createAgent("agent-" + number, "A template.");
        return "agent-" + number;
    };
    private static final Value PROMPT = (gateway, number) -> {
        gateway.post("/v2/prompts", Json.read(prompt(number)));
        return "prompt-" + number;
    };
    private static final Value API_KEY = (gateway, number) -> gateway.admin(
                    "POST", "/admin/api-keys", Json.object().put("name", "k" + number))
            .json()
            .get("id")
            .asText();
    private static final Value RUN = (gateway, number) -> {
        AGENT.of(gateway, number);
        return gateway.chat("agent-" + number, "Hi", body -> body.put("stream", false))
                .json()
                .get("run_id")
                .asText();
    };
    private static final String COMMIT = "POST /v2/agents/{agent_id}/chat/commit";
    private static final String TOOLKIT_RUN = "GET /v2/agents/{agent_id}/toolkit/run";
    private static final String TOOLKIT_CONFIRM = "POST /v2/agents/{agent_id}/toolkit/confirm";
    private static final Value APPROVAL = (gateway, _) -> new StoredCalls(gateway.database())
            .waiting(StoredCalls.Call.of("call-1"))
            .toString();
    private static final Value LINK = (gateway, number) -> link(gateway, APPROVAL.of(gateway, number));
    private static final Value SESSION = (gateway, number) -> {
        RUN.of(gateway, number);
        return gateway.get("/v2/sessions?agent_id=agent-" + number)
                .json()
                .at("/sessions/0/id")
                .asText();
    };
    private static final Value MEMORY = (gateway, number) -> "u" + number + ","
            + gateway.post("/v2/users/u" + number + "/memories", Json.object().put("memory", "m"))
                    .json()
                    .get("id")
                    .asText();
    private static final String CHAT = "POST /v2/agents/{agent_id}/chat";
    private static final String CANCEL = "POST /v2/runs/{run_id}/cancel";
    private static final Value WAITING_RUN = (gateway, number) -> {
        AGENT.of(gateway, number);
        return gateway.chat("agent-" + number, "Pause", body -> body.put("stream", false))
                .json()
                .get("run_id")
                .asText();
    };
    private static final String NO_RUN = "00000000-0000-7000-8000-000000000000";

    private static final Map<String, Sample> SAMPLES = Map.ofEntries(
            Map.entry(
                    "POST /admin/api-keys", new Sample(null, null, null, (_, n) -> "{\"name\":\"k" + n + "\"}", "{}")),
            Map.entry("GET /admin/api-keys", new Sample(null, null, "?include_inactive=perhaps", null, null)),
            Map.entry("GET /admin/api-keys/{key_id}", new Sample(API_KEY, "999999", "x", null, null)),
            Map.entry(
                    "PATCH /admin/api-keys/{key_id}",
                    new Sample(API_KEY, "999999", null, (_, _) -> "{\"name\":\"n\"}", "{\"name\":1}")),
            Map.entry("DELETE /admin/api-keys/{key_id}", new Sample(API_KEY, "999999", "x", null, null)),
            Map.entry("GET /v2/agents", Sample.PLAIN),
            Map.entry(
                    "POST /v2/agents",
                    new Sample(
                            null,
                            null,
                            null,
                            (_, n) -> "{\"id\":\"agent-" + n + "\",\"name\":\"A\",\"template\":\"T\"}",
                            "{\"id\":\"a b\",\"name\":\"A\",\"template\":\"T\"}")),
            Map.entry("POST /v2/agents/batch", new Sample(null, null, null, (_, _) -> "{\"agent_ids\":[\"a\"]}", "{}")),
            Map.entry("GET /v2/agents/{agent_id}", new Sample(AGENT, "nobody", "%00", null, null)),
            Map.entry(
                    "PATCH /v2/agents/{agent_id}",
                    new Sample(AGENT, "nobody", null, (_, _) -> "{\"name\":\"N\"}", "{\"name\":1}")),
            Map.entry("DELETE /v2/agents/{agent_id}", new Sample(AGENT, "nobody", "%00", null, null)),
            Map.entry(
                    CHAT,
                    new Sample(
                            AGENT,
                            "nobody",
                            null,
                            (_, _) -> TestGateway.chatBody("Hi", body -> body.put("stream", false))
                                    .toString(),
                            "{}")),
            Map.entry(COMMIT, new Sample(AGENT, "nobody", null, (_, _) -> commit(NO_RUN, false), "{}")),
            Map.entry(TOOLKIT_RUN, new Sample(AGENT, "nobody", "%00", null, null)),
            Map.entry(TOOLKIT_CONFIRM, new Sample(AGENT, "nobody", null, StatusCodesTest::confirmation, "{}")),
            Map.entry("DELETE /v2/agents/{agent_id}/cache", new Sample((_, _) -> "*", "nobody", "%00", null, null)),
            Map.entry("GET /v2/agents/{agent_id}/cache/info", new Sample((_, _) -> "*", "nobody", "%00", null, null)),
            Map.entry("GET /v2/runs/{run_id}", new Sample(RUN, NO_RUN, "%00", null, null)),
            Map.entry(CANCEL, new Sample(WAITING_RUN, NO_RUN, "%00", null, null)),
            Map.entry("GET /v2/approvals", new Sample(null, null, "?limit=0", null, null)),
            Map.entry("GET /v2/approvals/plugins/list", Sample.PLAIN),
            Map.entry("GET /v2/approvals/{job_id}", new Sample(APPROVAL, NO_RUN, "%00", null, null)),
            Map.entry("GET /v2/approvals/{job_id}/notifications", new Sample(APPROVAL, NO_RUN, "%00", null, null)),
            Map.entry(
                    "POST /v2/approvals/{job_id}/decide",
                    new Sample(APPROVAL, NO_RUN, null, (_, _) -> "{\"approved\":true}", "{}")),
            Map.entry("POST /v2/approvals/{job_id}/approve", new Sample(APPROVAL, NO_RUN, "%00", null, null)),
            Map.entry("POST /v2/approvals/{job_id}/deny", new Sample(APPROVAL, NO_RUN, "%00", null, null)),
            Map.entry("GET /approvals/{token}", new Sample(LINK, "nothing", "%00", null, null)),
            Map.entry(
                    "POST /approvals/{token}",
                    new Sample(LINK, "nothing", null, (_, _) -> "decision=approve", "decision=perhaps")),
            Map.entry("GET /v2/runs/{run_id}/events", new Sample(RUN, NO_RUN, "%00", null, null)),
            Map.entry("GET /v2/runs", new Sample(null, null, "?status=perhaps", null, null)),
            Map.entry("GET /v2/sessions", new Sample(null, null, "?limit=0", null, null)),
            Map.entry("GET /v2/sessions/{id}", new Sample(SESSION, "999999", "%00", null, null)),
            Map.entry("GET /v2/sessions/{id}/messages", new Sample(SESSION, "999999", "%00", null, null)),
            Map.entry("DELETE /v2/sessions/{id}", new Sample(SESSION, "999999", "%00", null, null)),
            Map.entry("POST /v2/sessions/{id}/clear", new Sample(SESSION, "999999", "%00", null, null)),
            Map.entry(
                    "POST /v2/agents/{agent_id}/session/clear",
                    new Sample(AGENT, "nobody", null, (_, _) -> "{\"session_id\":\"s1\"}", "{\"session_id\":1}")),
            Map.entry("GET /v2/users/{user_id}/memories", new Sample((_, n) -> "u" + n, "nobody", "%00", null, null)),
            Map.entry(
                    "POST /v2/users/{user_id}/memories",
                    new Sample((_, n) -> "u" + n, "nobody", null, (_, _) -> "{\"memory\":\"m\"}", "{}")),
            Map.entry(
                    "PATCH /v2/users/{user_id}/memories/{memory_id}",
                    new Sample(MEMORY, "nobody," + NO_RUN, null, (_, _) -> "{\"memory\":\"n\"}", "{\"memory\":1}")),
            Map.entry(
                    "DELETE /v2/users/{user_id}/memories/{memory_id}",
                    new Sample(MEMORY, "nobody," + NO_RUN, "nobody,%00", null, null)),
            Map.entry("POST /v2/prompts", new Sample(null, null, null, (_, n) -> prompt(n), "{}")),
            Map.entry("GET /v2/prompts", Sample.PLAIN),
            Map.entry("GET /v2/prompts/{prompt_id}", new Sample(PROMPT, "nobody", "%00", null, null)),
            Map.entry(
                    "PUT /v2/prompts/{prompt_id}",
                    new Sample(PROMPT, "nobody", null, (_, _) -> "{\"name\":\"N\"}", "{\"name\":1}")),
            Map.entry("DELETE /v2/prompts/{prompt_id}", new Sample(PROMPT, "nobody", "%00", null, null)));

    /** What is done, in the words of the table; then what was answered. */
    private record Case(String words, Attempt attempt) {}

    private interface Attempt {
        int status() throws Exception;
    }

    private static TestGateway works;
    private static TestGateway broken;
    private static TestGateway brokenKeys;
    private static TestGateway cutOff;
    private static CuttableProxy proxy;
    private static TestDatabase behindProxy;
    private static String scopeless;
    private static final Map<Declared, Case> CASES = new LinkedHashMap<>();
    private static final Map<Declared, Future<Integer>> RESULTS = new LinkedHashMap<>();

    /** The token of the link that opens an approval's page. */
    private static String link(TestGateway gateway, String requirement) {
        String url = ApprovalLinks.open(gateway.database(), null, () -> "")
                .url(gateway.database()
                        .with(handle -> new RequirementStore().find(handle, UUID.fromString(requirement)))
                        .orElseThrow());
        return url.substring("/approvals/".length());
    }

    private static String toolkitCall(String method) {
        String toolkit = method.equals("book") ? "BookingToolkit" : "DateTimeToolkit";
        return "?user_id=u1&session_id=s1&toolkit_name=" + toolkit + "&method_name=" + method;
    }

    /** Of a call that is held for the agent of this number; without such an agent, of none. */
    private static String confirmation(TestGateway gateway, int number) {
        JsonNode held = gateway.get("/v2/agents/agent-" + number + "/toolkit/run" + toolkitCall("book"))
                .json();
        return Json.object()
                .put("execution_id", held.path("execution_id").asText(NO_RUN))
                .put("toolkit_name", "BookingToolkit")
                .put("method_name", "book")
                .toString();
    }

    private static String prompt(int number) {
        return "{\"id\":\"prompt-" + number + "\",\"name\":\"P\",\"template\":\"A long enough template.\"}";
    }

    @BeforeAll
    static void tryEverything() throws Exception {
        works = TestGateway.start(
                Map.of("MAX_BODY_BYTES", Integer.toString(MAX_BODY), "BODY_TIMEOUT_SECONDS", "1"),
                TestTool.guarded("book").in("BookingToolkit"));
        works.model()
                .otherwise(request -> request.body().toString().contains("Pause")
                        ? Reply.toolCall("book", "{}")
                        : request.body().toString().contains("Stall")
                                ? Reply.text("Hello.").thenPause(Duration.ofSeconds(3))
                                : Reply.text("Hello."));
        broken = TestGateway.start();
        brokenKeys = TestGateway.start();
        behindProxy = TestDatabase.create();
        DatabaseSettings real = behindProxy.settings();
        proxy = new CuttableProxy(real.host(), real.port());
        cutOff = TestGateway.startOn(
                DatabaseSettings.of("127.0.0.1", proxy.port(), real.database(), real.user(), real.password()),
                Map.of());
        scopeless = works.createKey(
                "scopeless",
                body -> body.put("rate_limit", 0).putArray("scopes").add("nothing:read"));
        for (String table :
                List.of("agent_info", "prompts.prompts", "ai.runs", "ai.sessions", "ai.memories", "ai.held_calls")) {
            rename(broken, table);
        }
        rename(brokenKeys, "api_keys");
        proxy.cut();
        declared(works.get("/openapi.json").json()).forEach(declared -> CASES.put(declared, caseOf(declared)));
        // The patient ones mostly wait; the others would take the database from each other.
        try (ExecutorService patient = Executors.newVirtualThreadPerTaskExecutor();
                ExecutorService busy = Executors.newFixedThreadPool(4)) {
            CASES.forEach((declared, each) -> {
                if (each != null) {
                    boolean waits = declared.status() == 408 || declared.status() == 503;
                    RESULTS.put(
                            declared,
                            (waits ? patient : busy).submit(() -> each.attempt().status()));
                }
            });
        }
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.mend();
        cutOff.close();
        proxy.close();
        behindProxy.close();
        brokenKeys.close();
        broken.close();
        works.close();
    }

    private static void rename(TestGateway gateway, String table) {
        gateway.database()
                .with(handle ->
                        handle.execute("ALTER TABLE " + table + " RENAME TO hidden_" + table.replace('.', '_')));
    }

    private static List<Declared> declared(JsonNode document) {
        List<Declared> all = new ArrayList<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(operation -> {
                    JsonNode security = operation.getValue().get("security");
                    operation
                            .getValue()
                            .get("responses")
                            .fieldNames()
                            .forEachRemaining(status -> all.add(new Declared(
                                    operation.getKey().toUpperCase(Locale.ROOT),
                                    path.getKey(),
                                    Integer.parseInt(status),
                                    security.path(0).has("AdminSecretHeader"),
                                    security.isEmpty())));
                }));
        return all;
    }

    /** Null when nobody knows how. */
    private static Case caseOf(Declared declared) {
        Sample sample = SAMPLES.getOrDefault(declared.operation(), declared.open() ? Sample.PLAIN : null);
        if (sample == null) {
            return null;
        }
        int number = NUMBER.incrementAndGet();
        Map<String, String> good = credentials(declared, works);
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
                        "a key without the scope", () -> call(works, declared, sample, number, Map.of(KEY, scopeless)));
            case 404 ->
                declared.operation().equals(COMMIT)
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
                        () -> send(works, declared, path(declared, sample.unknown()), " ".repeat(MAX_BODY + 1), good));
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
                    TestGateway gateway = keys ? brokenKeys : broken;
                    String path = path(declared, sample.unknown());
                    return send(gateway, declared, path, body(sample, number), credentials(declared, gateway));
                });
            case 503 ->
                new Case("a database that is away", () -> {
                    String path = path(declared, sample.unknown());
                    return send(cutOff, declared, path, body(sample, number), credentials(declared, cutOff));
                });
            default -> null;
        };
    }

    private static String chat(String message, TestGateway.BodyChange change) {
        return TestGateway.chatBody(message, change).toString();
    }

    private static Case gone(Declared declared, Sample sample, int number, Map<String, String> good) {
        if (declared.operation().equals(CHAT)) {
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
        if (declared.operation().equals(COMMIT)) {
            return new Case(
                    "a run that does not wait",
                    () -> send(works, declared, path(declared, sample.unknown()), commit(NO_RUN, true), good));
        }
        if (declared.operation().equals(TOOLKIT_CONFIRM)) {
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
            String id = APPROVAL.of(works, number);
            String value = declared.open() ? link(works, id) : id;
            new StoredCalls(works.database()).expire(UUID.fromString(id));
            return send(works, declared, path(declared, value), body(sample, number), good);
        });
    }

    private static String commit(String run, boolean confirmed) {
        ObjectNode body = Json.object()
                .put("run_id", run)
                .put("user_id", "u1")
                .put("session_id", "s1")
                .put("model", "claude-sonnet-4-6")
                .put("stream", false);
        body.putArray("updated_tools").addObject().put("tool_call_id", "c").put("confirmed", confirmed);
        return body.toString();
    }

    private static int otherModel(int number) {
        String agent = AGENT.of(works, number);
        String run = works.chat(agent, "Pause", body -> body.put("stream", false))
                .json()
                .get("run_id")
                .asText();
        return works.post("/v2/agents/" + agent + "/chat/commit", Json.read(commit(run, true)))
                .status();
    }

    private static Case decided(Declared declared, Sample sample, int number, Map<String, String> good) {
        return new Case("an approval that is decided", () -> {
            String id = APPROVAL.of(works, number);
            String value = declared.open() ? link(works, id) : id;
            works.post("/v2/approvals/" + id + "/approve", Json.object());
            return send(works, declared, path(declared, value), body(sample, number), good);
        });
    }

    private static Case conflict(Declared declared, Sample sample, int number, Map<String, String> good) {
        if (declared.operation().equals(CANCEL)) {
            return new Case("a run that is over", () -> {
                String path = path(declared, RUN.of(works, number));
                return send(works, declared, path, null, good);
            });
        }
        if (declared.operation().equals(CHAT)) {
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

    private static int paused(Declared declared, Sample sample, int number, Map<String, String> headers) {
        String path = path(declared, value(works, sample, number));
        if (sample.make() == AGENT) {
            works.chat("agent-" + number, "Hi", body -> body.put("stream", false));
        }
        works.database().with(handle -> handle.execute("""
                        UPDATE ai.runs r SET status = 'paused' FROM ai.sessions s
                        WHERE s.id = r.session AND s.owner_id = ?
                        """, "agent-" + number));
        return send(works, declared, path, body(sample, number), headers);
    }

    private static Case invalid(Declared declared, Sample sample, Map<String, String> good) {
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

    private static String body(Sample sample, int number) {
        return sample.body() == null ? null : sample.body().of(works, number);
    }

    private static String path(Declared declared, String value) {
        String path = declared.path();
        for (String part : value == null ? new String[0] : value.split(",")) {
            path = path.replaceFirst("\\{\\w+}", part);
        }
        if (declared.operation().equals(TOOLKIT_RUN)) {
            path += toolkitCall("resolve_datetime") + "&text=tomorrow";
        }
        return path;
    }

    private static int call(
            TestGateway gateway, Declared declared, Sample sample, int number, Map<String, String> headers) {
        return send(gateway, declared, path(declared, value(gateway, sample, number)), body(sample, number), headers);
    }

    private static int send(
            TestGateway gateway, Declared declared, String path, String body, Map<String, String> headers) {
        return gateway.send(declared.method(), path, body, headers).status();
    }

    /** Promises a body and sends only its beginning. */
    private static int slow(Declared declared, Sample sample) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", works.port())) {
            socket.setSoTimeout(20_000);
            String head = declared.method() + " " + path(declared, sample.unknown())
                    + " HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            InputStream in = socket.getInputStream();
            String status = new String(in.readNBytes("HTTP/1.1 408".length()), StandardCharsets.US_ASCII);
            return Integer.parseInt(status.substring("HTTP/1.1 ".length()));
        }
    }

    @TestFactory
    Stream<DynamicTest> everyDeclaredStatusHappens() {
        assertThat(CASES).hasSizeGreaterThan(100);
        return CASES.keySet().stream()
                .map(declared -> DynamicTest.dynamicTest(declared.operation() + " " + declared.status(), () -> {
                    assertThat(RESULTS)
                            .as("a way to make it happen; add one to SAMPLES or caseOf")
                            .containsKey(declared);
                    assertThat(RESULTS.get(declared).get(60, TimeUnit.SECONDS))
                            .as(CASES.get(declared).words())
                            .isEqualTo(declared.status());
                }));
    }

    @Test
    void theCommittedTableIsTrue() throws IOException {
        String table = table();
        String committed = Files.exists(TABLE) ? Files.readString(TABLE) : "";
        if (!table.equals(committed)) {
            Path fresh = Path.of("target", "status-codes.md");
            Files.createDirectories(fresh.getParent());
            Files.writeString(fresh, table);
        }
        assertThat(committed)
                .as("docs/status-codes.md; when the routes have changed on purpose: cp target/status-codes.md docs/")
                .isEqualTo(table);
    }

    private static String table() {
        StringBuilder text = new StringBuilder("""
                # Status codes

                Every status that a route declares, and what brings it about in `StatusCodesTest`, which runs each of these
                and fails when this table differs from the OpenAPI document of a running gateway.

                | Route | Status | Brought about by |
                |---|---|---|
                """);
        Map<String, List<Declared>> byRoute = new TreeMap<>();
        CASES.keySet()
                .forEach(declared -> byRoute.computeIfAbsent(
                                declared.path() + " " + declared.method(), _ -> new ArrayList<>())
                        .add(declared));
        byRoute.values()
                .forEach(route -> route.forEach(declared -> text.append("| `")
                        .append(declared.operation())
                        .append("` | ")
                        .append(declared.status())
                        .append(" | ")
                        .append(
                                CASES.get(declared) == null
                                        ? "nothing"
                                        : CASES.get(declared).words())
                        .append(" |\n")));
        return text.toString();
    }
}

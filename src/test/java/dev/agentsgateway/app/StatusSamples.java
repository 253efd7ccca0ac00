package dev.agentsgateway.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.approval.ApprovalLinks;
import dev.agentsgateway.approval.StoredCalls;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.run.RequirementStore;
import java.util.Map;
import java.util.UUID;

/** What {@link StatusCodesTest} knows of routes. Every route must be entered here but a public one that needs nothing. */
final class StatusSamples {
    static final String COMMIT = "POST /v2/agents/{agent_id}/chat/commit";
    static final String TOOLKIT_RUN = "GET /v2/agents/{agent_id}/toolkit/run";
    static final String TOOLKIT_CONFIRM = "POST /v2/agents/{agent_id}/toolkit/confirm";
    static final String CHAT = "POST /v2/agents/{agent_id}/chat";
    static final String CANCEL = "POST /v2/runs/{run_id}/cancel";
    static final String NO_RUN = "00000000-0000-7000-8000-000000000000";

    /**
     * How a route is called well.
     *
     * @param make      makes what the path names and returns its value; null when the path names nothing
     * @param unknown   a value that names nothing
     * @param malformed a value that cannot name anything
     * @param body      makes a body that fits, null for none
     * @param misfit    a body that does not fit, null to use {@code malformed} instead
     */
    record Sample(Value make, String unknown, String malformed, Value body, String misfit) {
        static final Sample PLAIN = new Sample(null, null, null, null, null);
    }

    interface Value {
        String of(TestGateway gateway, int number);
    }

    static final Value AGENT = (gateway, number) -> {
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
    static final Value RUN = (gateway, number) -> {
        AGENT.of(gateway, number);
        return gateway.chat("agent-" + number, "Hi", body -> body.put("stream", false))
                .json()
                .get("run_id")
                .asText();
    };
    static final Value APPROVAL = (gateway, _) -> new StoredCalls(gateway.database())
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
    private static final Value WAITING_RUN = (gateway, number) -> {
        AGENT.of(gateway, number);
        return gateway.chat("agent-" + number, "Pause", body -> body.put("stream", false))
                .json()
                .get("run_id")
                .asText();
    };

    static final String UPLOAD = "POST /v2/knowledge/{tenant_id}/{collection_id}/documents";
    static final String NO_FILE = "00000000-0000-4000-8000-000000000000";

    private static String file(TestGateway gateway, int number, String path) {
        String file = String.format("00000000-0000-4000-9000-%012d", number);
        gateway.post("/v2/knowledge/" + path, Json.read(knowledge(file)));
        return path.replace('/', ',') + "," + file;
    }

    private static String knowledge(String file) {
        return "{\"file_id\":\"" + file + "\",\"original_filename\":\"a.txt\",\"file_type\":\"company\"}";
    }

    private static final Value TENANT_FILE = (gateway, number) -> file(gateway, number, "t" + number);
    private static final Value COLLECTION_FILE = (gateway, number) -> file(gateway, number, "t" + number + "/c");
    private static final Value ENTRY = (_, number) -> knowledge(String.format("00000000-0000-4000-9000-%012d", number));

    static final Map<String, Sample> SAMPLES = Map.ofEntries(
            Map.entry("POST /v2/knowledge/{tenant_id}", new Sample((_, n) -> "t" + n, "nobody", null, ENTRY, "{}")),
            Map.entry(
                    "POST /v2/knowledge/{tenant_id}/{collection_id}",
                    new Sample((_, n) -> "t" + n + ",c", "nobody,c", null, ENTRY, "{}")),
            Map.entry("GET /v2/knowledge/{tenant_id}", new Sample((_, n) -> "t" + n, "nobody", "%00", null, null)),
            Map.entry(
                    "GET /v2/knowledge/{tenant_id}/{collection_id}",
                    new Sample((_, n) -> "t" + n + ",c", "nobody,c", "%00,c", null, null)),
            Map.entry(
                    "GET /v2/knowledge/{tenant_id}/files/{file_id}",
                    new Sample(TENANT_FILE, "nobody," + NO_FILE, "%00," + NO_FILE, null, null)),
            Map.entry(
                    "GET /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id}",
                    new Sample(COLLECTION_FILE, "nobody,c," + NO_FILE, "%00,c," + NO_FILE, null, null)),
            Map.entry(
                    "PATCH /v2/knowledge/{tenant_id}/files/{file_id}",
                    new Sample(TENANT_FILE, "nobody," + NO_FILE, null, (_, _) -> "{\"status\":\"active\"}", "[]")),
            Map.entry(
                    "PATCH /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id}",
                    new Sample(
                            COLLECTION_FILE, "nobody,c," + NO_FILE, null, (_, _) -> "{\"status\":\"active\"}", "[]")),
            Map.entry(
                    "DELETE /v2/knowledge/{tenant_id}/files/{file_id}",
                    new Sample(TENANT_FILE, "nobody," + NO_FILE, "%00," + NO_FILE, null, null)),
            Map.entry(
                    "DELETE /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id}",
                    new Sample(COLLECTION_FILE, "nobody,c," + NO_FILE, "%00,c," + NO_FILE, null, null)),
            Map.entry(
                    "POST /v2/knowledge/{tenant_id}/files/{file_id}/reindex",
                    new Sample(TENANT_FILE, "nobody," + NO_FILE, "%00," + NO_FILE, null, null)),
            Map.entry(
                    "POST /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id}/reindex",
                    new Sample(COLLECTION_FILE, "nobody,c," + NO_FILE, "%00,c," + NO_FILE, null, null)),
            Map.entry(UPLOAD, new Sample((_, n) -> "t" + n + ",c", "nobody,c", "%00,c", (_, n) -> "text " + n, null)),
            Map.entry(
                    "POST /v2/knowledge/{tenant_id}/{collection_id}/search",
                    new Sample((_, n) -> "t" + n + ",-", "nobody,-", null, (_, _) -> "{\"query\":\"q\"}", "{}")),
            Map.entry(
                    "GET /v2/knowledge/{tenant_id}/{collection_id}/statistics",
                    new Sample((_, n) -> "t" + n + ",-", "nobody,-", "%00,-", null, null)),
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
            Map.entry(TOOLKIT_CONFIRM, new Sample(AGENT, "nobody", null, StatusSamples::confirmation, "{}")),
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

    /** The token of the link that opens an approval's page. */
    static String link(TestGateway gateway, String requirement) {
        String url = ApprovalLinks.open(gateway.database(), null, () -> "")
                .url(gateway.database()
                        .with(handle -> new RequirementStore().find(handle, UUID.fromString(requirement)))
                        .orElseThrow());
        return url.substring("/approvals/".length());
    }

    static String toolkitCall(String method) {
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

    static String commit(String run, boolean confirmed) {
        ObjectNode body = Json.object()
                .put("run_id", run)
                .put("user_id", "u1")
                .put("session_id", "s1")
                .put("model", "claude-sonnet-4-6")
                .put("stream", false);
        body.putArray("updated_tools").addObject().put("tool_call_id", "c").put("confirmed", confirmed);
        return body.toString();
    }
}

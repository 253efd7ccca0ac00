package dev.agentsgateway.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.ForeignWorld.Owner;
import dev.agentsgateway.common.Json;
import java.util.Map;
import java.util.UUID;

/**
 * What {@link ForeignIdsTest} knows of routes and of ids. Every route for holders of API keys and every kind of id that
 * one takes must be entered here.
 */
final class ForeignSamples {
    /** Makes something that belongs to somebody and returns its id, null when they have none. */
    interface Make {
        String of(ForeignWorld world, Owner owner);
    }

    /** A body that fits, with everything in it that an id can be put into. */
    interface Body {
        ObjectNode of(Owner owner);
    }

    /**
     * What an id names.
     *
     * @param make   for foreign ids called once for each owner, for one's own at every request
     * @param absent names nothing; null when the id is everybody's and there is nothing to hide
     */
    record Kind(Make make, String absent) {
        static Kind shared(String value) {
            return new Kind((_, _) -> value, null);
        }

        boolean owned() {
            return absent != null;
        }
    }

    private static final String NO_UUID = "00000000-0000-7000-8000-000000000000";

    private static final Kind COLLECTION_FILE = new Kind((world, owner) -> file(world, owner, "/c"), NO_UUID);
    private static final Kind SESSION = new Kind(ForeignWorld::session, "999999999");

    /** By the name of the parameter or member, or by route and name ({@code POST /v2/agents id}) where that says more. */
    static final Map<String, Kind> KINDS = Map.ofEntries(
            Map.entry("agent_id", Kind.shared(ForeignWorld.AGENT)),
            Map.entry("agent_ids", Kind.shared(ForeignWorld.AGENT)),
            Map.entry("prompt_id", Kind.shared(ForeignWorld.AGENT)),
            Map.entry("POST /v2/agents id", Kind.shared("new-agent")),
            Map.entry("POST /v2/prompts id", Kind.shared("new-prompt")),
            // What the model is told of the user; nothing is looked up by it.
            Map.entry("profile_id", Kind.shared("p")),
            Map.entry("user_id", new Kind((_, owner) -> owner.user(), "absent-user")),
            Map.entry("tenant_id", new Kind((_, owner) -> owner.tenant(), "absent-tenant")),
            Map.entry("team_id", Kind.shared("a-team")),
            Map.entry("collection_id", Kind.shared("c")),
            Map.entry("file_id", new Kind((world, owner) -> file(world, owner, ""), NO_UUID)),
            Map.entry("POST /v2/knowledge/{tenant_id} file_id", Kind.shared(NO_UUID)),
            Map.entry("POST /v2/knowledge/{tenant_id}/{collection_id} file_id", Kind.shared(NO_UUID)),
            Map.entry("POST /v2/knowledge/{tenant_id}/{collection_id}/documents file_id", Kind.shared(NO_UUID)),
            Map.entry("GET /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id} file_id", COLLECTION_FILE),
            Map.entry("PATCH /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id} file_id", COLLECTION_FILE),
            Map.entry("DELETE /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id} file_id", COLLECTION_FILE),
            Map.entry(
                    "POST /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id}/reindex file_id", COLLECTION_FILE),
            Map.entry("GET /v2/sessions/{id} id", SESSION),
            Map.entry("DELETE /v2/sessions/{id} id", SESSION),
            Map.entry("POST /v2/sessions/{id}/clear id", SESSION),
            Map.entry("GET /v2/sessions/{id}/messages id", SESSION),
            // Its text.
            Map.entry("memory", Kind.shared("m")),
            Map.entry("memory_id", new Kind(ForeignWorld::memory, NO_UUID)),
            Map.entry("job_id", new Kind(ForeignWorld::approval, NO_UUID)),
            Map.entry("execution_id", new Kind(ForeignWorld::heldCall, NO_UUID)),
            Map.entry("session_id", new Kind((world, owner) -> world.chat(owner).sessionId(), "absent-session")),
            Map.entry("POST /v2/runs/{run_id}/cancel run_id", new Kind(ForeignSamples::pausedRun, NO_UUID)),
            Map.entry("run_id", new Kind((world, owner) -> world.chat(owner).runId(), NO_UUID)));

    private static final Body NONE = _ -> null;

    /** What the query of a route needs, besides an id that is looked at. */
    static final Map<String, Body> QUERIES = Map.of(
            "GET /v2/agents/{agent_id}/toolkit/run",
            owner -> object("{'toolkit_name':'BookingToolkit','method_name':'book','session_id':'s'}")
                    .put("user_id", owner.user()),
            "POST /v2/knowledge/{tenant_id}/{collection_id}/documents",
            _ -> object("{'filename':'a.txt'}"));

    /** How each route is called: its body, if it has one. */
    static final Map<String, Body> ROUTES = Map.ofEntries(
            Map.entry("POST /v2/knowledge/{tenant_id}", _ -> entry()),
            Map.entry("GET /v2/knowledge/{tenant_id}", NONE),
            Map.entry("POST /v2/knowledge/{tenant_id}/{collection_id}", _ -> entry()),
            Map.entry("GET /v2/knowledge/{tenant_id}/{collection_id}", NONE),
            Map.entry("POST /v2/knowledge/{tenant_id}/{collection_id}/documents", _ -> object("{'a':'document'}")),
            Map.entry("POST /v2/knowledge/{tenant_id}/{collection_id}/search", _ -> object("{'query':'q'}")),
            Map.entry("GET /v2/knowledge/{tenant_id}/{collection_id}/statistics", NONE),
            Map.entry("GET /v2/knowledge/{tenant_id}/files/{file_id}", NONE),
            Map.entry("PATCH /v2/knowledge/{tenant_id}/files/{file_id}", _ -> object("{'status':'active'}")),
            Map.entry("DELETE /v2/knowledge/{tenant_id}/files/{file_id}", NONE),
            Map.entry("POST /v2/knowledge/{tenant_id}/files/{file_id}/reindex", NONE),
            Map.entry("GET /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id}", NONE),
            Map.entry(
                    "PATCH /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id}",
                    _ -> object("{'status':'active'}")),
            Map.entry("DELETE /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id}", NONE),
            Map.entry("POST /v2/knowledge/{tenant_id}/{collection_id}/files/{file_id}/reindex", NONE),
            Map.entry("GET /v2/agents", NONE),
            Map.entry("POST /v2/agents", _ -> object("{'id':'new-agent','name':'A','template':'T'}")),
            Map.entry("POST /v2/agents/batch", _ -> object("{'agent_ids':['a']}")),
            Map.entry("GET /v2/agents/{agent_id}", NONE),
            Map.entry("PATCH /v2/agents/{agent_id}", _ -> object("{'name':'N'}")),
            Map.entry("DELETE /v2/agents/{agent_id}", NONE),
            Map.entry("POST /v2/agents/{agent_id}/chat", ForeignWorld::chatBody),
            Map.entry("POST /v2/agents/{agent_id}/chat/commit", ForeignSamples::commit),
            Map.entry(
                    "POST /v2/agents/{agent_id}/session/clear",
                    owner -> object("{'session_id':'s'}").put("user_id", owner.user())),
            Map.entry("GET /v2/agents/{agent_id}/toolkit/run", NONE),
            Map.entry(
                    "POST /v2/agents/{agent_id}/toolkit/confirm",
                    _ -> object("{'execution_id':'e','toolkit_name':'BookingToolkit','method_name':'book'}")),
            Map.entry("DELETE /v2/agents/{agent_id}/cache", NONE),
            Map.entry("GET /v2/agents/{agent_id}/cache/info", NONE),
            Map.entry("GET /v2/runs", NONE),
            Map.entry("GET /v2/runs/{run_id}", NONE),
            Map.entry("POST /v2/runs/{run_id}/cancel", NONE),
            Map.entry("GET /v2/runs/{run_id}/events", NONE),
            Map.entry("GET /v2/sessions", NONE),
            Map.entry("GET /v2/sessions/{id}", NONE),
            Map.entry("GET /v2/sessions/{id}/messages", NONE),
            Map.entry("DELETE /v2/sessions/{id}", NONE),
            Map.entry("POST /v2/sessions/{id}/clear", NONE),
            Map.entry("GET /v2/users/{user_id}/memories", NONE),
            Map.entry("POST /v2/users/{user_id}/memories", _ -> object("{'memory':'m'}")),
            Map.entry("PATCH /v2/users/{user_id}/memories/{memory_id}", _ -> object("{'memory':'n'}")),
            Map.entry("DELETE /v2/users/{user_id}/memories/{memory_id}", NONE),
            Map.entry("GET /v2/approvals", NONE),
            Map.entry("GET /v2/approvals/plugins/list", NONE),
            Map.entry("GET /v2/approvals/{job_id}", NONE),
            Map.entry("GET /v2/approvals/{job_id}/notifications", NONE),
            Map.entry("POST /v2/approvals/{job_id}/decide", _ -> object("{'approved':true}")),
            Map.entry("POST /v2/approvals/{job_id}/approve", NONE),
            Map.entry("POST /v2/approvals/{job_id}/deny", NONE),
            Map.entry(
                    "POST /v2/prompts",
                    _ -> object("{'id':'new-prompt','name':'P','template':'A long enough template.'}")),
            Map.entry("GET /v2/prompts", NONE),
            Map.entry("GET /v2/prompts/{prompt_id}", NONE),
            Map.entry("PUT /v2/prompts/{prompt_id}", _ -> object("{'name':'N'}")),
            Map.entry("DELETE /v2/prompts/{prompt_id}", NONE));

    private ForeignSamples() {}

    private static ObjectNode entry() {
        return object("{'original_filename':'a','file_type':'company'}")
                .put("file_id", UUID.randomUUID().toString());
    }

    private static String file(ForeignWorld world, Owner owner, String collection) {
        if (owner.tenant() == null) {
            return null;
        }
        ObjectNode entry = entry();
        world.gateway()
                .send(
                        "POST",
                        "/v2/knowledge/" + owner.tenant() + collection,
                        entry.toString(),
                        Map.of("X-API-Key", owner.key()));
        return entry.get("file_id").asText();
    }

    private static String pausedRun(ForeignWorld world, Owner owner) {
        String run = world.chat(owner).runId();
        world.gateway()
                .database()
                .with(handle -> handle.execute(
                        "UPDATE ai.runs SET status = 'paused', finished_at = NULL WHERE id = ?::uuid", run));
        return run;
    }

    /** Denies everything, which is answered alike whether or not there is such a run. */
    private static ObjectNode commit(Owner owner) {
        ObjectNode body =
                object("{'run_id':'r','session_id':'s','stream':false,'updated_tools':[{'confirmed':false}]}");
        body.put("user_id", owner.user());
        if (owner.tenant() != null) {
            body.set("user_profile", ForeignWorld.chatBody(owner).get("user_profile"));
        }
        return body;
    }

    private static ObjectNode object(String json) {
        return (ObjectNode) Json.read(json.replace('\'', '"'));
    }
}

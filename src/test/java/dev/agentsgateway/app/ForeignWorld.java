package dev.agentsgateway.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.approval.StoredCalls;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Reach;
import dev.agentsgateway.tool.TestTool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A gateway with data of several tenants and users, and keys that may reach only some of it. */
final class ForeignWorld implements AutoCloseable {
    static final String AGENT = "shared-agent";
    static final String TENANT = "own-tenant";
    static final String USER = "own-user";

    /** What changes by itself: heartbeats, counters, the history of migrations. */
    private static final Set<String> RESTLESS =
            Set.of("ai.replicas", "ai.rate_limits", "ai.flyway_schema_history", "ai.knowledge_feed");

    /**
     * Somebody with data.
     *
     * @param key    the key that works for them
     * @param tenant null for none
     * @param secret said in their chats and nowhere else
     */
    record Owner(String key, String tenant, String user, String secret) {}

    /** A bound key and what it may reach. */
    record Bound(String words, Reach reach, String key) {
        Owner owner() {
            return new Owner(key, TENANT, USER, "nothing to hide");
        }

        @Override
        public String toString() {
            return words;
        }
    }

    record Chat(String sessionId, String runId) {}

    private final TestGateway gateway = TestGateway.start(
            Map.of("KNOWLEDGE_WORKERS", "0"), TestTool.guarded("book").in("BookingToolkit"));
    private final AtomicInteger number = new AtomicInteger();
    private final Map<Owner, Chat> chats = new HashMap<>();
    private final List<Owner> owners = new ArrayList<>();
    private final List<Bound> bound;

    ForeignWorld() {
        gateway.model().otherwise(_ -> Reply.text("Fine."));
        gateway.createAgent(AGENT, "You are kind.");
        bound = List.of(
                bound("a key for a tenant", new Reach(TENANT, Set.of())),
                bound("a key for a user", new Reach(null, Set.of(USER))),
                bound("a key for a user of a tenant", new Reach(TENANT, Set.of(USER))));
        for (String user : List.of(USER, "other-user")) {
            add(gateway.apiKey(), null, user);
            for (String tenant : List.of(TENANT, "other-tenant")) {
                add(gateway.apiKey(), tenant, user);
                add(key(new Reach(tenant, Set.of())), tenant, user);
            }
        }
        // A user whom only another tenant has, and a tenant without the own user.
        add(gateway.apiKey(), "lone-tenant", "lone-user");
        add(key(new Reach("lone-tenant", Set.of())), "lone-tenant", "lone-user");
        owners.forEach(owner -> chats.put(owner, chat(owner)));
    }

    private void add(String key, String tenant, String user) {
        owners.add(new Owner(key, tenant, user, "SECRET-" + (owners.size() + 1) + "."));
    }

    private Bound bound(String words, Reach reach) {
        return new Bound(words, reach, key(reach));
    }

    private String key(Reach reach) {
        return gateway.createKey("bound", body -> {
            body.put("rate_limit", 0).put("tenant_id", reach.tenantId());
            reach.userIds().forEach(body.putArray("user_ids")::add);
        });
    }

    TestGateway gateway() {
        return gateway;
    }

    List<Bound> bound() {
        return bound;
    }

    List<Owner> owners() {
        return owners;
    }

    /** Whose data the key must not see. */
    List<Owner> outOfReach(Bound key) {
        return owners.stream()
                .filter(owner -> !key.reach().covers(owner.tenant(), owner.user()))
                .toList();
    }

    /** What everybody said when the world was made. */
    Chat chatOf(Owner owner) {
        return chats.get(owner);
    }

    /** A new chat in a session of its own. */
    Chat chat(Owner owner) {
        String session = "session-" + number.incrementAndGet() + ".";
        ObjectNode body = chatBody(owner);
        body.put("session_id", session).put("message", owner.secret());
        TestGateway.Answer answer = gateway.send(
                "POST", "/v2/agents/" + AGENT + "/chat", body.toString(), Map.of("X-API-Key", owner.key()));
        if (answer.status() != 200) {
            throw new AssertionError(answer.status() + " " + answer.body());
        }
        return new Chat(session, answer.json().get("run_id").asText());
    }

    private TestGateway.Answer send(String method, String path, ObjectNode body, Owner owner) {
        return gateway.send(method, path, body == null ? null : body.toString(), Map.of("X-API-Key", owner.key()));
    }

    /** The gateway's id of a new session. */
    String session(Owner owner) {
        String name = chat(owner).sessionId();
        return gateway.database()
                .with(handle -> handle.createQuery("select id::text from ai.sessions where session_id = ?")
                        .bind(0, name)
                        .mapTo(String.class)
                        .one());
    }

    String memory(Owner owner) {
        ObjectNode body = Json.object().put("memory", owner.secret());
        return send("POST", "/v2/users/" + owner.user() + "/memories", body, owner)
                .json()
                .get("id")
                .asText();
    }

    /** A tool call that waits for a person. */
    String approval(Owner owner) {
        StoredCalls.Call call = StoredCalls.Call.of("call-1")
                .user(owner.user())
                .tenant(owner.tenant())
                .tool("book", Json.object().put("for", owner.secret()));
        return new StoredCalls(gateway.database()).waiting(call).toString();
    }

    /** A direct call that waits for its confirmation. */
    String heldCall(Owner owner) {
        String query = "?toolkit_name=BookingToolkit&method_name=book&session_id=s&user_id=" + owner.user();
        return send("GET", "/v2/agents/" + AGENT + "/toolkit/run" + query, null, owner)
                .json()
                .get("execution_id")
                .asText();
    }

    /** Waits until no run changes anything by itself. */
    void settle() {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (gateway.database()
                .<Boolean>with(handle -> handle.createQuery(
                                "select exists (select from ai.runs where status in ('queued', 'running'))")
                        .mapTo(Boolean.class)
                        .one())) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("runs do not end");
            }
            Thread.onSpinWait();
        }
    }

    static ObjectNode chatBody(Owner owner) {
        return TestGateway.chatBody("Hello", body -> {
            body.put("stream", false).put("user_id", owner.user());
            if (owner.tenant() != null) {
                body.putObject("tenant_profile")
                        .put("tenant_id", owner.tenant())
                        .put("name", "A tenant")
                        .put("website", "https://tenant.test");
                body.putObject("user_profile")
                        .put("profile_id", "p")
                        .put("email", "someone@tenant.test")
                        .put("full_name", "Some One")
                        .put("role", "clerk")
                        .put("tenant_id", owner.tenant());
            }
        });
    }

    /** All rows of all tables, as JSON, sorted. */
    Map<String, List<String>> rows() {
        return gateway.database().with(handle -> {
            Map<String, List<String>> rows = new TreeMap<>();
            handle.createQuery("""
                            select table_schema || '.' || table_name from information_schema.tables
                            where table_schema in ('public', 'prompts', 'ai') and table_type = 'BASE TABLE'""")
                    .mapTo(String.class)
                    .filter(table -> !RESTLESS.contains(table))
                    .forEach(table -> rows.put(
                            table,
                            handle.createQuery("select (to_jsonb(t) - 'last_used_at')::text from " + table
                                            + " t order by 1")
                                    .mapTo(String.class)
                                    .list()));
            return rows;
        });
    }

    @Override
    public void close() {
        gateway.close();
    }
}

package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseSettings;
import dev.agentsgateway.db.TestDatabase;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelConfig;
import dev.agentsgateway.model.Models;
import dev.agentsgateway.observability.Metrics;
import dev.agentsgateway.observability.Telemetry;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import dev.agentsgateway.tool.ToolSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** An engine without HTTP, on a fresh database, with the scripted model server and tools of the test's own. */
final class EngineFixture implements AutoCloseable {
    static final RunSettings SETTINGS = new RunSettings(
            1000,
            200,
            Duration.ofSeconds(3),
            Duration.ofHours(1),
            Duration.ofHours(1),
            3,
            Duration.ofSeconds(30),
            Duration.ofHours(1));
    static final Limits LIMITS = new Limits(10, Duration.ofSeconds(30), Duration.ofSeconds(5), 100_000, 1_000);

    final TestDatabase test = TestDatabase.create();
    final ScriptedModelServer model = ScriptedModelServer.start();
    final Database database;
    final Models models;
    final RunEngine engine;
    private volatile Tool[] tools = {};

    EngineFixture() {
        this(Function.identity());
    }

    /** @param reached how the engine reaches the database */
    EngineFixture(Function<DatabaseSettings, DatabaseSettings> reached) {
        database = Database.open(reached.apply(test.settings()));
        models = new Models(ModelConfig.of(Map.of(
                "OPENAI_BASE_URL",
                model.openAiBaseUrl(),
                "ANTHROPIC_BASE_URL",
                model.anthropicBaseUrl(),
                "GOOGLE_GEMINI_BASE_URL",
                model.geminiBaseUrl(),
                "OPENAI_API_KEY",
                "k",
                "ANTHROPIC_API_KEY",
                "k",
                "GOOGLE_API_KEY",
                "k")));
        engine = engine(database);
        engine.takeOver(Map.of(SessionKey.Kind.AGENT, (_, _) -> plan("gpt-5.4", LIMITS, tools)));
    }

    static RunEngine engine(Database database) {
        return new RunEngine(database, SETTINGS, (_, _, _) -> {}, Telemetry.OFF, new Metrics("test", _ -> true));
    }

    /** What runs that are continued may call. */
    void tools(Tool... offered) {
        tools = offered;
    }

    static SessionKey session(String id) {
        return new SessionKey(SessionKey.Kind.AGENT, "a1", "u1", id, "");
    }

    static NewRun request(String session, String message) {
        return new NewRun(session(session), null, null, Message.User.of(message), Json.object());
    }

    RunPlan plan(String modelId, Limits limits, Tool... tools) {
        return new RunPlan(
                "Test",
                List.of(models.resolve(modelId)),
                "You are a test.",
                Json.object(),
                List.of(tools),
                false,
                true,
                3,
                null,
                Set.of(),
                ToolGate.OPEN,
                Guard.NONE,
                null,
                null,
                true,
                null,
                "UTC",
                "en",
                limits,
                RunOptions.DEFAULT);
    }

    ActiveRun start(String session, String message, Tool... tools) {
        return engine.start(request(session, message), plan("gpt-5.4", LIMITS, tools))
                .run();
    }

    ActiveRun start(Limits limits, Tool... tools) {
        return engine.start(request("s1", "Go"), plan("gpt-5.4", limits, tools)).run();
    }

    static ActiveRun.Outcome outcome(ActiveRun run) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        while (!run.isEnded()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("the run does not end");
            }
            Thread.sleep(5);
        }
        return run.await();
    }

    /** All events of a run as they are stored; fails when their numbers have a gap. */
    List<JsonNode> storedEvents(UUID run) {
        record Row(int firstSeq, int lastSeq, String events) {}
        List<Row> rows = test.database()
                .with(handle -> handle.createQuery(
                                "SELECT first_seq, last_seq, events FROM ai.run_segments WHERE run_id = :run ORDER BY first_seq")
                        .bind("run", run)
                        .mapTo(Row.class)
                        .list());
        List<JsonNode> all = new ArrayList<>();
        for (Row row : rows) {
            List<JsonNode> events = new ArrayList<>();
            Json.read(row.events()).forEach(events::add);
            if (row.firstSeq() != all.size() + 1 || row.lastSeq() != row.firstSeq() + events.size() - 1) {
                throw new AssertionError("a gap at " + all.size() + ": " + row.firstSeq() + "-" + row.lastSeq());
            }
            all.addAll(events);
        }
        return all;
    }

    /** The stored messages of a run, as they are shown. */
    List<JsonNode> messages(UUID run) {
        return new RunListStore(test.database())
                .transcript(run).stream()
                        .<JsonNode>map(entry -> MessageJson.shown(entry.role(), entry.body(), entry.createdAt()))
                        .toList();
    }

    <T> T scalar(Class<T> type, String sql, Object... arguments) {
        return test.database().with(handle -> {
            var query = handle.createQuery(sql);
            for (int i = 0; i < arguments.length; i++) {
                query.bind(i, arguments[i]);
            }
            return query.mapTo(type).one();
        });
    }

    /** Calls in the stored transcripts without a result. */
    int unanswered() {
        return scalar(Integer.class, """
                SELECT count(*) FROM ai.messages a, json_array_elements(a.body -> 'tool_calls') c
                WHERE a.role = 'assistant' AND NOT EXISTS (
                    SELECT 1 FROM ai.messages t WHERE t.run_id = a.run_id AND t.role = 'tool' AND t.seq > a.seq
                        AND t.body ->> 'call_id' = c ->> 'id')
                """);
    }

    int claimedSessions() {
        return scalar(Integer.class, "SELECT count(*) FROM ai.sessions WHERE active_run IS NOT NULL");
    }

    void store(UUID run, String session, String message) {
        store(run, session, message, Ids.timeOrdered());
    }

    /** As accepted by a replica that does not drive it. */
    void store(UUID run, String session, String message, UUID replica) {
        test.database()
                .transact(handle -> new AcceptStore(SETTINGS.keyRetention())
                        .accept(
                                handle,
                                new ActiveRun(run, session(session), "Test", "gpt-5.4"),
                                request(session, message),
                                replica,
                                true,
                                Instant.now()));
    }

    /** As left by a replica that was lost after the call's result: what a model asked for, and that it was done. */
    void storeStep(UUID run, String session, String tool, String arguments) {
        ActiveRun active = new ActiveRun(run, session(session), "Test", "gpt-5.4");
        TranscriptStore transcripts = new TranscriptStore();
        Instant now = Instant.now();
        Message.Assistant turn =
                new Message.Assistant("", "", List.of(new Message.ToolCall("call_1", tool, arguments)), null);
        test.database().transact(handle -> {
            new AcceptStore(SETTINGS.keyRetention())
                    .accept(handle, active, request(session, "Go"), Ids.timeOrdered(), true, now);
            transcripts.saveMessage(handle, run, 1, turn, now);
            transcripts.saveMessage(handle, run, 2, new Message.Tool("call_1", tool, "Done.", false), now);
            return null;
        });
    }

    interface Work {
        String apply(ToolInput input) throws Exception;
    }

    static Tool tool(String name, Work work) {
        ToolSpec spec = new ToolSpec(
                name,
                "Does what the test wants.",
                Json.read("{\"type\":\"object\",\"properties\":{}}"),
                ToolSpec.SideEffect.NONE);
        return new Tool() {
            @Override
            public ToolSpec spec() {
                return spec;
            }

            @Override
            public ToolResult execute(ToolInput input) {
                try {
                    return new ToolResult(work.apply(input));
                } catch (RuntimeException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        };
    }

    @Override
    public void close() {
        engine.close();
        models.close();
        model.close();
        database.close();
        test.close();
    }
}

package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.CrashableGateway;
import dev.agentsgateway.app.EffectServer;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * A database with gateways in processes of their own around it, a model and the world on which tools act. What a run does
 * is said by its message: {@code say} is answered by three words, any other first word is a tool (several, joined by
 * {@code +}) that the model calls before it says "Done.". Thread-safe.
 */
final class CrashWorld implements AutoCloseable {
    static final String AGENT = "demo-assistant";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration STEP = Duration.ofMillis(300);

    final TestDatabase database = TestDatabase.create();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ScriptedModelServer model;
    private final EffectServer effects;

    CrashWorld(ScriptedModelServer model, EffectServer effects) {
        this.model = model;
        this.effects = effects;
    }

    CrashableGateway start(Map<String, String> variables) throws IOException, InterruptedException {
        return CrashableGateway.start(database.settings(), model, effects, variables);
    }

    static Reply answer(RecordedRequest request) {
        JsonNode messages = request.body().get("messages");
        if (messages.get(messages.size() - 1).path("role").asText().equals("tool")) {
            return Reply.of().thenPause(STEP).thenText("Done.");
        }
        String what = said(request).split(" ", 2)[0];
        Reply reply = Reply.of().thenPause(STEP);
        if (what.equals("say")) {
            return reply.thenText("One ")
                    .thenPause(STEP)
                    .thenText("two ")
                    .thenPause(STEP)
                    .thenText("three.");
        }
        for (String tool : what.split("\\+")) {
            reply = reply.thenToolCall(tool, "{}");
        }
        return reply;
    }

    /** The user's last message. */
    private static String said(RecordedRequest request) {
        String said = "";
        for (JsonNode message : request.body().get("messages")) {
            if (message.path("role").asText().equals("user")) {
                JsonNode content = message.get("content");
                said = content.isTextual()
                        ? content.asText()
                        : content.findValuesAsText("text").getLast();
            }
        }
        return said;
    }

    /** How often the model was asked on behalf of the message. */
    long asked(String message) {
        return model.requests().stream()
                .filter(request -> said(request).equals(message))
                .count();
    }

    /** Begins a chat; how it goes on is nobody's concern. */
    CompletableFuture<HttpResponse<String>> chat(
            CrashableGateway gateway, String session, String message, boolean stream) {
        return client.sendAsync(
                post(
                        gateway,
                        "/v2/agents/" + AGENT + "/chat",
                        TestGateway.chatBody(
                                message, body -> body.put("session_id", session).put("stream", stream))),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Approves the one call that waits. */
    CompletableFuture<HttpResponse<String>> commit(CrashableGateway gateway, String session, String run) {
        ObjectNode body = Json.object()
                .put("run_id", run)
                .put("user_id", "u1")
                .put("session_id", session)
                .put("stream", false);
        body.putArray("updated_tools")
                .addObject()
                .put("tool_call_id", text("SELECT call_id FROM ai.requirements WHERE run_id = ?::uuid", run))
                .put("confirmed", true);
        return client.sendAsync(
                post(gateway, "/v2/agents/" + AGENT + "/chat/commit", body), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest post(CrashableGateway gateway, String path, JsonNode body) {
        return HttpRequest.newBuilder(URI.create(gateway.url() + path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
    }

    String get(CrashableGateway gateway, String path) {
        try {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create(gateway.url() + path))
                            .timeout(PATIENCE)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(path + ": " + response.body()).isEqualTo(200);
            return response.body();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    JsonNode run(CrashableGateway gateway, String run) {
        return Json.read(get(gateway, "/v2/runs/" + run));
    }

    /** The names of all events of the run as its stream tells them to who comes now. */
    List<String> events(CrashableGateway gateway, String run) {
        List<String> names = new ArrayList<>();
        int last = 0;
        for (String line : get(gateway, "/v2/runs/" + run + "/events").split("\n")) {
            if (line.startsWith("id: ")) {
                int number = Integer.parseInt(line.substring("id: ".length()).split("\\.")[0]);
                assertThat(number).isEqualTo(++last);
            } else if (line.startsWith("data: ")) {
                names.add(Json.read(line.substring("data: ".length()))
                        .path("event")
                        .asText());
            }
        }
        return names;
    }

    String awaitRun(String session) {
        String sql = "SELECT r.id::text FROM ai.runs r JOIN ai.sessions s ON s.id = r.session WHERE s.session_id = ?"
                + " ORDER BY r.id LIMIT 1";
        await("a run of " + session, () -> text(sql, session) != null);
        return text(sql, session);
    }

    /** How many rows of events the run has. */
    int stored(String run) {
        return Integer.parseInt(text("SELECT count(*) FROM ai.run_segments WHERE run_id = ?::uuid", run));
    }

    String status(String run) {
        return text("SELECT status FROM ai.runs WHERE id = ?::uuid", run);
    }

    String text(String sql, Object... arguments) {
        return database.database()
                .with(handle -> handle.select(sql, arguments)
                        .mapTo(String.class)
                        .findOne()
                        .orElse(null));
    }

    List<String> texts(String sql) {
        return database.database()
                .with(handle -> handle.createQuery(sql).mapTo(String.class).list());
    }

    int count(String sql, Object... arguments) {
        return Integer.parseInt(text(sql, arguments));
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it did not happen: " + what);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    /** By call: its result. Every call has one, after it, and every result has its call. */
    static Map<String, String> results(JsonNode run) {
        Map<String, String> results = new HashMap<>();
        Set<String> open = new HashSet<>();
        for (JsonNode message : run.get("messages")) {
            message.path("tool_calls").forEach(call -> open.add(call.get("id").asText()));
            if (message.path("role").asText().equals("tool")) {
                String call = message.get("call_id").asText();
                assertThat(open.remove(call)).as("a call for %s", message).isTrue();
                results.put(call, message.get("content").asText());
            }
        }
        assertThat(open).as("unanswered calls in %s", run.get("messages")).isEmpty();
        return results;
    }

    @Override
    public void close() {
        client.shutdownNow();
        database.close();
    }
}

package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SessionRoutesTest {
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
        gateway.createAgent("a1", "You talk.");
        gateway.createAgent("a2", "You talk.");
        gateway.model().otherwise(_ -> Reply.text("Hello"));
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static String chat(String agent, String user, String session) {
        TestGateway.Answer answer = gateway.chat(
                agent,
                "Hi",
                body -> body.put("user_id", user).put("session_id", session).put("stream", false));
        assertThat(answer.json().get("status").asText()).isEqualTo("COMPLETED");
        return answer.json().get("run_id").asText();
    }

    private static JsonNode sessions(String query) {
        return gateway.get("/v2/sessions?" + query).json().get("sessions");
    }

    @Test
    void aSessionIsListedShownReadClearedAndDeleted() {
        String first = chat("a1", "u1", "life");
        String second = chat("a1", "u1", "life");
        JsonNode listed = sessions("session_id=life");
        assertThat(listed).hasSize(1);
        JsonNode session = listed.get(0);
        String path = "/v2/sessions/" + session.get("id").asText();
        assertThat(session.get("agent_id").asText()).isEqualTo("a1");
        assertThat(session.get("team_id").isNull()).isTrue();
        assertThat(session.get("run_count").asInt()).isEqualTo(2);
        assertThat(session.get("active_run_id").isNull()).isTrue();
        JsonNode one = gateway.get(path).json();
        assertThat(one.get("message_count").asInt()).isEqualTo(4);
        assertThat(one.get("state").get("locale").asText()).isEqualTo("en");

        List<String> said = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page =
                    gateway.get(path + "/messages?limit=3&cursor=" + cursor).json();
            page.get("messages")
                    .forEach(message -> said.add(message.get("run_id").asText() + " "
                            + message.get("role").asText()));
            cursor = page.get("next_cursor").asText("");
        } while (!cursor.isEmpty() && said.size() < 10);
        assertThat(said)
                .containsExactly(first + " user", first + " assistant", second + " user", second + " assistant");

        assertThat(gateway.post(path + "/clear", Json.object()).status()).isEqualTo(200);
        assertThat(gateway.get(path).json().get("message_count").asInt()).isZero();
        assertThat(gateway.get(path).json().get("state").isEmpty()).isTrue();
        assertThat(gateway.get("/v2/runs/" + first).status()).isEqualTo(404);
        chat("a1", "u1", "life");
        assertThat(gateway.get(path).json().get("run_count").asInt()).isEqualTo(1);

        assertThat(gateway.delete(path).json().get("message").asText()).endsWith("deleted successfully");
        assertThat(gateway.get(path).status()).isEqualTo(404);
        assertThat(gateway.delete(path).status()).isEqualTo(404);
        assertThat(gateway.get("/v2/sessions/x").status()).isEqualTo(404);
        chat("a1", "u1", "life");
        assertThat(sessions("session_id=life").get(0).get("run_count").asInt()).isEqualTo(1);
    }

    @Test
    void anActiveRunKeepsItsSession() {
        for (String status : List.of("queued", "running", "paused")) {
            String run = chat("a1", "u1", "busy");
            String path = "/v2/sessions/"
                    + sessions("session_id=busy").get(0).get("id").asText();
            set(run, status);
            assertThat(gateway.delete(path).status()).as(status).isEqualTo(409);
            assertThat(gateway.post(path + "/clear", Json.object()).status()).isEqualTo(409);
            TestGateway.Answer agent =
                    gateway.post("/v2/agents/a1/session/clear", Json.object().put("session_id", "busy"));
            assertThat(agent.status()).isEqualTo(409);
            assertThat(agent.json().get("detail").asText()).isEqualTo("Session busy has an active run");
            set(run, "completed");
            assertThat(gateway.delete(path).status()).isEqualTo(200);
        }
    }

    private static void set(String run, String status) {
        gateway.database()
                .with(handle -> handle.execute(
                        "UPDATE ai.runs SET status = ?, replica = (SELECT max(id::text)::uuid FROM ai.replicas)"
                                + " WHERE id = ?::uuid",
                        status,
                        run));
    }

    @Test
    void anAgentsSessionsAreClearedByUserAndSessionId() {
        for (String agent : List.of("a1", "a2")) {
            for (String user : List.of("cu1", "cu2")) {
                chat(agent, user, "c1");
                chat(agent, user, "c2");
            }
        }
        String path = "/v2/agents/a2/session/clear";
        ObjectNode nothing = Json.object();
        TestGateway.Answer answer = gateway.post(path, nothing);
        assertThat(answer.json().get("status").asText()).isEqualTo("success");
        assertThat(answer.json().get("message").asText()).isEqualTo("Session cleared for agent a2");
        assertThat(answer.json().get("cleared").asInt()).isZero();
        assertThat(sessions("agent_id=a2")).hasSize(4);
        gateway.post(path, Json.object().put("user_id", "cu1").put("session_id", "c1"));
        assertThat(sessions("agent_id=a2")).hasSize(3);
        answer = gateway.post(path, Json.object().put("session_id", "c2").putNull("user_id"));
        assertThat(answer.json().get("cleared").asInt()).isEqualTo(2);
        gateway.post(path, Json.object().put("message", "please").put("user_id", "cu2"));
        assertThat(sessions("agent_id=a2")).isEmpty();
        assertThat(sessions("agent_id=a1&user_id=cu1")).hasSize(2);
        assertThat(gateway.post("/v2/agents/nobody/session/clear", nothing)
                        .json()
                        .get("detail")
                        .asText())
                .isEqualTo("Agent nobody not found");
    }

    @Test
    void aRunTellsItsSteps() {
        gateway.model()
                .reply(
                        Reply.of()
                                .thenText("Let me see.")
                                .thenToolCall("get_chat_history", "{}")
                                .thenToolCall("nobody", "{}"),
                        Reply.text("Done."));
        String run = chat("a1", "u1", "steps");
        TestGateway.Answer answer = gateway.get("/v2/runs/" + run);
        assertThat(answer.header("X-Run-Id")).contains(run);
        List<String> steps = new ArrayList<>();
        answer.json().get("steps").forEach(step -> {
            assertThat(step.get("started_at").asText())
                    .isLessThanOrEqualTo(step.get("finished_at").asText());
            steps.add(step.get("type").asText() + " " + step.get("status").asText() + " "
                    + step.get("tool_name").asText());
        });
        assertThat(steps)
                .containsExactly(
                        "model_turn completed null",
                        "tool_call completed get_chat_history",
                        "tool_call failed nobody",
                        "model_turn completed null");
        JsonNode listed = gateway.get("/v2/runs?session_id=steps&status=completed&limit=1")
                .json();
        assertThat(listed.at("/runs/0/run_id").asText()).isEqualTo(run);
        assertThat(listed.at("/runs/0/usage/total_tokens").asInt()).isPositive();
        assertThat(listed.get("next_cursor").isNull()).isTrue();
        assertThat(gateway.get("/v2/runs?status=perhaps").status()).isEqualTo(422);
        assertThat(gateway.get("/v2/runs?agent_id=a&team_id=t").status()).isEqualTo(422);
    }

    @Test
    void whatIsRememberedOfAUserIsListedAddedChangedAndForgotten() {
        String path = "/v2/users/mu1/memories";
        List<String> ids = new ArrayList<>();
        for (String text : List.of("Likes tea", "Lives in Oslo", "Has a dog")) {
            TestGateway.Answer added = gateway.post(path, Json.object().put("memory", text));
            assertThat(added.status()).isEqualTo(201);
            ids.add(added.json().get("id").asText());
        }
        JsonNode page = gateway.get(path + "?limit=2").json();
        assertThat(page.get("memories")).hasSize(2);
        JsonNode rest = gateway.get(
                        path + "?limit=2&cursor=" + page.get("next_cursor").asText())
                .json();
        assertThat(rest.at("/memories/0/memory").asText()).isEqualTo("Likes tea");
        assertThat(rest.get("next_cursor").isNull()).isTrue();
        ObjectNode change = Json.object();
        change.putArray("topics").add("drinks");
        JsonNode changed = gateway.patch(path + "/" + ids.getFirst(), change).json();
        assertThat(changed.get("memory").asText()).isEqualTo("Likes tea");
        assertThat(changed.at("/topics/0").asText()).isEqualTo("drinks");
        assertThat(gateway.patch("/v2/users/mu2/memories/" + ids.getFirst(), change)
                        .status())
                .isEqualTo(404);
        assertThat(gateway.patch(path + "/x", change).status()).isEqualTo(404);
        assertThat(gateway.delete("/v2/users/mu2/memories/" + ids.getFirst()).status())
                .isEqualTo(404);
        assertThat(gateway.delete(path + "/" + ids.getFirst()).status()).isEqualTo(200);
        assertThat(gateway.get(path).json().get("memories")).hasSize(2);
        assertThat(gateway.post(path, Json.object().put("memory", "")).status()).isEqualTo(422);
        assertThat(gateway.get("/v2/users/nobody/memories").json().get("memories"))
                .isEmpty();
    }

    @Test
    void memoriesOfATenantStayInIt() {
        MemoryStore memories = new MemoryStore(gateway.database());
        memories.add("ru1", "t1", "Theirs", List.of(), null);
        Memory ours = memories.add("ru1", "", "Ours", List.of(), null);
        assertThat(memories.list("ru1", "t1", null, 10))
                .extracting(Memory::memory)
                .containsExactly("Theirs");
        assertThat(memories.list("ru1", "", null, 10))
                .extracting(Memory::memory)
                .containsExactly("Ours");
        assertThat(memories.list("ru1", null, null, 10)).hasSize(2);
        assertThat(memories.edit("ru1", "t1", ours.id(), "Changed", null)).isEmpty();
        boolean changed =
                memories.change(handle -> memories.update(handle, "ru1", "t1", ours.id(), "Changed", List.of(), null));
        assertThat(changed).isFalse();
        assertThat(memories.delete("ru1", "t1", ours.id())).isFalse();
        int cleared = memories.change(handle -> memories.clear(handle, "ru1", "t1"));
        assertThat(cleared).isEqualTo(1);
        assertThat(memories.list("ru1", null, null, 10)).hasSize(1);
    }
}

package dev.agentsgateway.skill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.app.TestGateway.Answer;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.TestTool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Skills of agents in chats, and what they allow. */
class SkillChatTest {
    private static final String LOAD_SUMS = "{\"skill_name\":\"Sums\"}";

    private final TestTool look = TestTool.free("look");
    private final TestTool book = TestTool.guarded("book");
    private final TestGateway gateway = TestGateway.start(Map.of(), look, book);

    @BeforeEach
    void create() {
        skill("sums", "Sums", body -> {
            body.put("description", "For adding\nnumbers.").put("instructions", "Add twice.");
            body.putArray("allowed_tools").add("look");
            body.putArray("references").addObject().put("name", "table.md").put("content", "1+1=2");
            body.putArray("scripts").addObject().put("name", "add.py").put("content", "print(1+1)");
        });
        skill("trips", "Trips", body -> body.putArray("allowed_tools").add("book"));
        skill("talk", "Talk", _ -> {});
        agent("skilled", "sums", "trips", "talk");
        gateway.createAgent("plain", "You are plain.");
    }

    @AfterEach
    void close() {
        gateway.close();
    }

    private void skill(String id, String name, TestGateway.BodyChange change) {
        ObjectNode body = Json.object().put("id", id).put("name", name).put("instructions", "Do.");
        change.apply(body);
        assertThat(gateway.post("/v2/skills", body).status()).isEqualTo(201);
    }

    private void agent(String id, String... skills) {
        gateway.createAgent(id, "You are skilled.", body -> {
            var ids = body.putObject("config").putArray("skills");
            List.of(skills).forEach(ids::add);
        });
    }

    private JsonNode chat(String agent, Reply... replies) {
        gateway.model().reply(replies);
        return gateway.chat(agent, "Go", body -> body.put("stream", false)).json();
    }

    private RecordedRequest asked() {
        return gateway.model().requests().getLast();
    }

    private String system() {
        return asked().body().at("/messages/0/content").asText();
    }

    private List<String> offered() {
        List<String> names = new ArrayList<>();
        asked().body()
                .get("tools")
                .forEach(tool -> names.add(tool.at("/function/name").asText()));
        return names;
    }

    private List<String> results() {
        List<String> results = new ArrayList<>();
        asked().body().get("messages").forEach(message -> {
            if (message.get("role").asText().equals("tool")) {
                results.add(message.get("content").asText());
            }
        });
        return results;
    }

    @Test
    void onlyAgentsWithSkillsAreToldOfThem() {
        chat("plain", Reply.text("Hi"));
        assertThat(system()).isEqualTo("You are plain.");
        assertThat(offered()).noneMatch(name -> name.startsWith("get_skill"));
        chat("skilled", Reply.text("Hi"));
        assertThat(system()).isEqualTo("""
                You are skilled.

                Skills that you can load with get_skill_instructions:
                - Sums: For adding numbers.
                - Trips
                - Talk""");
        assertThat(offered()).contains("get_skill_instructions", "get_skill_reference", "get_skill_script", "look");
        gateway.model().reply(Reply.text("Hi"));
        gateway.chat(
                "skilled",
                "Go",
                body -> body.put("stream", false).putArray("tools").add("look"));
        assertThat(system()).isEqualTo("You are skilled.");
        assertThat(offered()).containsExactly("look");
    }

    @Test
    void theModelLoadsInstructionsReferencesAndScripts() {
        chat(
                "skilled",
                Reply.toolCall("get_skill_instructions", LOAD_SUMS)
                        .thenToolCall(
                                "get_skill_reference", "{\"skill_name\":\"sums\",\"reference_path\":\"table.md\"}")
                        .thenToolCall("get_skill_script", "{\"skill_name\":\"Sums\",\"script_path\":\"add.py\"}")
                        .thenToolCall("get_skill_script", "{\"skill_name\":\"Sums\",\"script_path\":\"no.py\"}")
                        .thenToolCall("get_skill_reference", "{\"skill_name\":\"Talk\",\"reference_path\":\"x\"}")
                        .thenToolCall("get_skill_instructions", "{\"skill_name\":\"Nothing\"}"),
                Reply.text("Loaded."));
        List<String> results = results();
        assertThat(Json.read(results.get(0))).isEqualTo(Json.read("""
                {"allowed_tools":["look"],"skill_name":"Sums","description":"For adding\\nnumbers.",
                "instructions":"Add twice.","available_scripts":["add.py"],"available_references":["table.md"]}"""));
        assertThat(Json.read(results.get(1)).get("content").asText()).isEqualTo("1+1=2");
        assertThat(Json.read(results.get(2)).get("content").asText()).isEqualTo("print(1+1)");
        assertThat(results.get(3)).isEqualTo("The skill has no script 'no.py'. It has add.py.");
        assertThat(results.get(4)).isEqualTo("The skill has no reference 'x'. It has none.");
        assertThat(results.get(5)).isEqualTo("There is no skill named 'Nothing'. There are Sums, Trips, Talk.");
    }

    @Test
    void aLoadedSkillAllowsOnlyItsToolsInTheRestOfTheRun() {
        JsonNode answer = chat(
                "skilled",
                Reply.toolCall("get_skill_instructions", LOAD_SUMS).thenToolCall("look", "{\"n\":1}"),
                Reply.toolCall("book", "{\"n\":2}")
                        .thenToolCall("resolve_datetime", "{\"text\":\"now\"}")
                        .thenToolCall("update_session_state", "{\"session_state_updates\":{\"a\":1}}")
                        .thenToolCall("get_chat_history", "{}")
                        .thenToolCall("look", "{\"n\":3}"),
                Reply.text("Done."));
        assertThat(answer.get("status").asText()).as(answer.toString()).isEqualTo("COMPLETED");
        assertThat(book.calls()).isEmpty();
        assertThat(look.calls()).hasSize(2);
        assertThat(results().get(2))
                .isEqualTo("The tool 'book' was not called: the loaded skill Sums allows only look.");
        assertThat(results().get(3)).startsWith("The tool 'resolve_datetime' was not called");
        assertThat(results().get(4)).startsWith("Updated session state");
        // The next run begins without.
        JsonNode next = chat("skilled", Reply.toolCall("book", "{\"n\":4}"));
        assertThat(next.get("status").asText()).isEqualTo("PAUSED");
    }

    @Test
    void severalSkillsAllowWhatOneOfThemAllowsAndOneWithoutAListForbidsNothing() {
        JsonNode union = chat(
                "skilled",
                Reply.toolCall("get_skill_instructions", LOAD_SUMS)
                        .thenToolCall("get_skill_instructions", "{\"skill_name\":\"Trips\"}")
                        .thenToolCall("get_skill_instructions", "{\"skill_name\":\"Talk\"}"),
                Reply.toolCall("resolve_datetime", "{\"text\":\"now\"}"),
                Reply.toolCall("book", "{\"n\":2}"));
        assertThat(union.get("status").asText()).isEqualTo("PAUSED");
        assertThat(results().getLast())
                .isEqualTo(
                        "The tool 'resolve_datetime' was not called: the loaded skills Sums, Trips allow only book, look.");
        gateway.model()
                .reply(
                        Reply.toolCall("get_skill_instructions", "{\"skill_name\":\"Talk\"}"),
                        Reply.toolCall("look", "{\"n\":5}"),
                        Reply.text("Done."));
        gateway.chat("skilled", "Go", body -> body.put("stream", false).put("session_id", "s2"));
        assertThat(results().getLast()).isEqualTo("{\"did\":{\"n\":5}}");
    }

    @Test
    void whatWasAllowedHoldsAfterAPauseAndTheSkillsDeletion() {
        JsonNode paused = chat(
                "skilled",
                Reply.toolCall("get_skill_instructions", "{\"skill_name\":\"Trips\"}"),
                Reply.toolCall("book", "{\"n\":1}"));
        assertThat(paused.get("status").asText()).isEqualTo("PAUSED");
        gateway.delete("/v2/skills/trips");
        gateway.patch("/v2/agents/skilled", Json.read("{\"config\":{\"skills\":null}}"));
        gateway.model().reply(Reply.toolCall("look", "{\"n\":2}"), Reply.text("Done."));
        ObjectNode commit = Json.object()
                .put("run_id", paused.get("run_id").asText())
                .put("stream", false)
                .put("user_id", "u1")
                .put("session_id", "s1");
        commit.putArray("updated_tools")
                .addObject()
                .put("tool_call_id", paused.at("/tools/1/tool_call_id").asText())
                .put("confirmed", true);
        try (TestGateway other = gateway.replica()) {
            JsonNode done = other.post("/v2/agents/skilled/chat/commit", commit).json();
            assertThat(done.get("content").asText()).as(done.toString()).isEqualTo("Done.");
        }
        assertThat(book.calls()).hasSize(1);
        assertThat(look.calls()).isEmpty();
        assertThat(results().getLast())
                .isEqualTo("The tool 'look' was not called: the loaded skill Trips allows only book.");
    }

    @Test
    void theListHoldsAlsoWhenTheInstructionsAreCut() {
        skill("long", "Long", body -> {
            body.put("instructions", "x".repeat(300_000));
            body.putArray("allowed_tools").add("look");
        });
        agent("patient", "long");
        chat(
                "patient",
                Reply.toolCall("get_skill_instructions", "{\"skill_name\":\"Long\"}"),
                Reply.toolCall("book", "{}"),
                Reply.text("Done."));
        assertThat(results().get(0)).contains("[cut: the result has");
        assertThat(results().get(1)).contains("the loaded skill Long allows only look");
    }

    @Test
    void changesReachTheNextChatOnEveryReplica() throws Exception {
        try (TestGateway other = gateway.replica()) {
            gateway.model().otherwise(_ -> Reply.text("Hi"));
            other.chat("skilled", "Go", body -> body.put("stream", false));
            gateway.chat("skilled", "Go", body -> body.put("stream", false));
            gateway.put("/v2/skills/trips", Json.object().put("description", "New."));
            gateway.chat("skilled", "Go", body -> body.put("stream", false));
            assertThat(system()).contains("- Trips: New.");
            gateway.delete("/v2/skills/talk");
            gateway.chat("skilled", "Go", body -> body.put("stream", false));
            assertThat(system()).endsWith("- Trips: New.");
            long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
            do {
                assertThat(System.nanoTime()).isLessThan(deadline);
                other.chat("skilled", "Go", body -> body.put("stream", false));
            } while (!system().endsWith("- Trips: New."));
        }
    }

    @Test
    void skillsOfOneNameGoByTheirIds() {
        skill("sums-2", "Sums", body -> body.put("instructions", "Other."));
        agent("twice", "sums", "sums-2", "sums");
        chat("twice", Reply.toolCall("get_skill_instructions", "{\"skill_name\":\"sums-2\"}"), Reply.text("Done."));
        assertThat(system()).endsWith(":\n- sums: For adding numbers.\n- sums-2");
        assertThat(results().getFirst()).contains("Other.");
    }

    @Test
    void unknownSkillsAreRefusedWhenAnAgentIsMadeOrChanged() {
        ObjectNode body = Json.object().put("id", "a9").put("name", "A").put("template", "T");
        body.putObject("config").putArray("skills").add("sums").add("nothing");
        gateway.delete("/v2/skills/talk");
        Answer refused = gateway.post("/v2/agents", body);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.json().at("/detail/0/loc")).isEqualTo(Json.read("[\"body\",\"config\",\"skills\",1]"));
        assertThat(refused.json().at("/detail/0/msg").asText()).contains("'nothing'");
        assertThat(gateway.get("/v2/agents/a9").status()).isEqualTo(404);
        Answer change = gateway.patch("/v2/agents/plain", Json.read("{\"config\":{\"skills\":[\"talk\"]}}"));
        assertThat(change.status()).isEqualTo(422);
        assertThat(change.json().at("/detail/0/input").asText()).isEqualTo("talk");
        // Other changes of an agent whose skill is gone are fine.
        assertThat(gateway.patch("/v2/agents/skilled", Json.read("{\"config\":{\"num_history_runs\":2}}"))
                        .status())
                .isEqualTo(200);
        Answer good = gateway.patch("/v2/agents/plain", Json.read("{\"config\":{\"skills\":[\"sums\"]}}"));
        assertThat(good.json().at("/config/skills")).isEqualTo(Json.read("[\"sums\"]"));
    }
}

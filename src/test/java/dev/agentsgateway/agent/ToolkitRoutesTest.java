package dev.agentsgateway.agent;

import static dev.agentsgateway.agent.BookingDesk.confirmation;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.app.TestGateway.Answer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.ToolInput;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Direct calls of toolkits (agents-teams.md, 14) and the routes of caches (A10, A11). */
class ToolkitRoutesTest {
    private static BookingDesk desk;
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        desk = new BookingDesk();
        gateway = desk.gateway;
    }

    @AfterAll
    static void stop() {
        desk.close();
    }

    private static JsonNode did(String arguments) {
        Answer answer = desk.run("look", arguments);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().at("/result/did");
    }

    @Test
    void aCallIsExecutedAndAnsweredAsTheReferenceDoes() {
        Answer answer = desk.run("look", "n=7");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json())
                .isEqualTo(Json.read("{\"status\":\"success\",\"message\":\"[toolkit/run] Method look executed"
                        + " successfully\",\"result\":{\"did\":{\"n\":7}}}"));
        assertThat(answer.header("cache-control")).hasValue("no-store");
        ToolInput input = desk.look.calls().getLast();
        assertThat(input.context().agentId()).isEqualTo("a1");
        assertThat(input.context().userId()).isEqualTo("u1");
        assertThat(input.context().sessionId()).isEqualTo("s1");
        assertThat(input.context().runId()).isNull();
        assertThat(gateway.get("/metrics").body()).contains("look");
    }

    @Test
    void theBuiltInToolkitIsReachable() {
        Answer answer = desk.run("a1", "DateTimeToolkit", "resolve_datetime", "text=2027-03-05");
        assertThat(answer.json().at("/result/result").asText()).startsWith("2027-03-05T");
        assertThat(desk.run("a1", "DateTimeToolkit", "resolve_datetime", "text=gibberish")
                        .json()
                        .get("result")
                        .isNull())
                .isTrue();
    }

    @Test
    void theSchemaSaysWhatATextMeans() {
        assertThat(did("zip=00734&n=007&price=-1.5&loud=TRUE&either=12&maybe=3"))
                .isEqualTo(Json.read(
                        "{\"zip\":\"00734\",\"n\":7,\"price\":-1.5,\"loud\":true,\"either\":\"12\",\"maybe\":3}"));
        assertThat(did("attendees=a%40x.org&numbers=1&numbers=2&more=%7B%22a%22%3A1%7D"))
                .isEqualTo(Json.read("{\"attendees\":[\"a@x.org\"],\"numbers\":[1,2],\"more\":{\"a\":1}}"));
        assertThat(did("zip=true&open=false&n=9007199254740993"))
                .isEqualTo(Json.read("{\"zip\":\"true\",\"open\":false,\"n\":9007199254740993}"));
        assertThat(did("open=1&organizer_email=o%40x.org&model=gpt-5.4")).isEqualTo(Json.read("{\"open\":\"1\"}"));
    }

    @Test
    void whatDoesNotFitIs422AndNamesTheField() {
        int calls = desk.look.calls().size();
        Map<String, String> wrong = Map.of(
                "n=seven", "[\"query\",\"n\"]",
                "n=1&n=2", "[\"query\",\"n\"]",
                "numbers=1&numbers=x", "[\"query\",\"numbers\",1]",
                "unheard_of=1", "[\"query\",\"unheard_of\"]");
        wrong.forEach((arguments, where) -> {
            Answer answer = desk.run("look", arguments);
            assertThat(answer.status()).as(arguments).isEqualTo(422);
            assertThat(answer.json().at("/detail/0/loc")).as(arguments).isEqualTo(Json.read(where));
        });
        assertThat(desk.run("a1", "BookingToolkit", "look", "model=nonsense").status())
                .isEqualTo(422);
        assertThat(gateway.get("/v2/agents/a1/toolkit/run?toolkit_name=BookingToolkit")
                        .status())
                .isEqualTo(422);
        assertThat(desk.look.calls()).hasSize(calls);
    }

    @Test
    void nothingButRegisteredMethodsIsReachable() {
        assertThat(desk.run("nobody", "BookingToolkit", "look", "")
                        .json()
                        .get("detail")
                        .asText())
                .isEqualTo("Agent nobody not found");
        assertThat(desk.run("a1", "Function", "hidden", "").json().get("detail").asText())
                .isEqualTo("Toolkit 'Function' not found in agent tools. Available:"
                        + " ['BookingToolkit', 'DateTimeToolkit']");
        for (String method : List.of("hidden", "spec", "toString", "_token", "update_session_state")) {
            Answer answer = desk.run(method, "");
            assertThat(answer.status()).as(method).isEqualTo(404);
            assertThat(answer.json().get("detail").asText())
                    .isEqualTo("Method '" + method + "' not found in toolkit 'BookingToolkit'. Available methods:"
                            + " ['answer', 'book', 'fall', 'look', 'move', 'sleep']");
        }
        assertThat(desk.hidden.calls()).isEmpty();
    }

    @Test
    void anyAnswerIsAnObjectOrNull() {
        assertThat(desk.run("answer", "").json().get("result").isNull()).isTrue();
        assertThat(desk.run("answer", "open=%7B%22a%22%3A1%7D").json().get("result"))
                .isEqualTo(Json.read("{\"a\":1}"));
        assertThat(desk.run("answer", "open=some+text").json().get("result"))
                .isEqualTo(Json.read("{\"result\":\"some text\"}"));
        assertThat(desk.run("answer", "open=%5B1%5D").json().get("result")).isEqualTo(Json.read("{\"result\":[1]}"));
    }

    @Test
    void aSlowMethodIsGivenUp() {
        Answer answer = desk.run("sleep", "");
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.json().get("detail").asText())
                .isEqualTo("Failed to execute toolkit method: The tool did not answer within 1 seconds.");
    }

    @Test
    void nothingIsCachedAndNothingIsLostByClearing() {
        JsonNode held = desk.held("book", "n=1");
        assertThat(gateway.delete("/v2/agents/*/cache").json())
                .isEqualTo(Json.read("{\"status\":\"success\",\"message\":\"All caches cleared\"}"));
        assertThat(gateway.delete("/v2/agents/nobody/cache?user_id=u1&session_id=s1")
                        .json())
                .isEqualTo(
                        Json.read("{\"status\":\"success\",\"message\":\"Cleared 0 cache entries for agent nobody\"}"));
        assertThat(gateway.get("/v2/agents/a1/cache/info").json())
                .isEqualTo(Json.read("{\"agent_id\":\"a1\",\"agent_cache_count\":0,\"agent_cache_keys\":[]}"));
        assertThat(gateway.get("/v2/agents/%2A/cache/info").json())
                .isEqualTo(Json.read("{\"agent_cache_count\":0,\"run_cache_count\":0,\"agent_cache_keys\":[],"
                        + "\"run_cache_keys\":[]}"));
        assertThat(desk.confirm(confirmation(held, true)).status()).isEqualTo(200);
    }
}

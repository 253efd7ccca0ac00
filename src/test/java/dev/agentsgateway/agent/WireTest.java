package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.RecordedRequest;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Chats byte by byte as {@code contract/agents-teams.md} 12 and 23 show them. What differs from run to run (times, ids)
 * is replaced by a word before texts are compared. Every test uses an agent of its own.
 */
class WireTest {
    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start(Map.of("STREAM_HEARTBEAT_SECONDS", "1"));
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static void agent(String id) {
        gateway.createAgent(id, "You are a travel desk.", body -> body.put("name", "Travel Desk " + id));
    }

    private static TestGateway.Answer json(String agent, String message, TestGateway.BodyChange change) {
        return gateway.chat(agent, message, body -> {
            body.put("stream", false);
            change.apply(body);
        });
    }

    private static String normal(String text) {
        return text.replaceAll("\"created_at\": \\d+", "\"created_at\": AT")
                .replaceAll("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID")
                .replaceAll("\"(time_to_first_token|duration|start_time|end_time)\": ?[0-9.E-]+", "\"$1\": SECONDS")
                .replaceAll("completed in \\d+\\.\\d{4}s\\. ", "completed in S.SSSSs. ")
                .replaceAll("chatcmpl-\\d+", "RESPONSE")
                .replaceAll("call_\\d+_(\\d)", "call_N_$1");
    }

    private static String common(String agent, String event) {
        return "{\"created_at\": AT, \"event\": \"" + event + "\", \"agent_id\": \"" + agent
                + "\", \"agent_name\": \"Travel Desk " + agent
                + "\", \"run_id\": \"UUID\", \"session_id\": \"s-81\", \"nested_depth\": 0";
    }

    /** The frames of a stream: number and data. */
    private static List<String> data(TestGateway.Answer answer) {
        List<String> data = new ArrayList<>();
        int number = 1;
        for (String frame : answer.body().split("\n\n")) {
            String head = "event: message\nid: " + number++ + "\ndata: ";
            assertThat(frame).startsWith(head);
            assertThat(frame.substring(head.length())).doesNotContain("\n");
            data.add(normal(frame.substring(head.length())));
        }
        assertThat(answer.body()).endsWith("}\n\n");
        return data;
    }

    @Test
    void aPlainStreamIsTheSample() {
        agent("plain");
        gateway.model().reply(Reply.text("Sure").usage(90, 2));
        TestGateway.Answer answer = gateway.chat("plain", "Hi", body -> body.put("session_id", "s-81"));
        assertThat(answer.status()).isEqualTo(200);
        String model = ", \"model\": \"gpt-5.4\", \"model_provider\": \"OpenAI\"";
        String content = ", \"workflow_agent\": false, \"content_type\": \"str\", \"reasoning_content\": \"\","
                + " \"model_provider_data\": {\"id\": \"RESPONSE\"}}";
        assertThat(data(answer))
                .containsExactly(
                        common("plain", "RunStarted") + model + "}",
                        common("plain", "ModelRequestStarted") + model + "}",
                        common("plain", "RunContent") + ", \"content\": \"\"" + content,
                        common("plain", "RunContent") + ", \"content\": \"Sure\"" + content,
                        common("plain", "ModelRequestCompleted")
                                + model
                                + ", \"input_tokens\": 90, \"output_tokens\": 2, \"total_tokens\": 92,"
                                + " \"time_to_first_token\": SECONDS, \"reasoning_tokens\": 0, \"cache_read_tokens\": 0,"
                                + " \"cache_write_tokens\": 0}",
                        common("plain", "RunContentCompleted") + "}",
                        common("plain", "RunCompleted")
                                + ", \"content\": \"Sure\", \"content_type\": \"str\","
                                + " \"model_provider_data\": {\"id\": \"RESPONSE\"},"
                                + " \"session_state\": {\"user_name\": null, \"user_profile_json\": null,"
                                + " \"timezone\": \"UTC\", \"locale\": \"en\"},"
                                + " \"metrics\": {\"input_tokens\": 90, \"output_tokens\": 2, \"total_tokens\": 92,"
                                + " \"time_to_first_token\": SECONDS, \"duration\": SECONDS,"
                                + " \"details\": {\"model\": [{\"input_tokens\": 90, \"output_tokens\": 2,"
                                + " \"total_tokens\": 92, \"id\": \"gpt-5.4\", \"provider\": \"OpenAI Chat\"}]}}}");
    }

    @Test
    void aStreamHasTheHeadersThatProxiesNeed() {
        agent("headers");
        TestGateway.Answer answer = gateway.chat("headers", "Hi", _ -> {});
        assertThat(answer.header("content-type")).hasValue("text/event-stream; charset=utf-8");
        assertThat(answer.header("cache-control")).hasValue("no-cache");
        assertThat(answer.header("x-accel-buffering")).hasValue("no");
        assertThat(answer.header("x-run-id"))
                .hasValue(answer.events().getFirst().get("run_id").asText());
        TestGateway.Answer json = json("headers", "Hi", _ -> {});
        assertThat(json.header("content-type")).hasValue("application/json");
        assertThat(json.header("x-run-id")).hasValue(json.json().get("run_id").asText());
    }

    @Test
    void streamsEscapeWhatIsNotAsciiAndJsonDoesNot() {
        agent("umlaut");
        gateway.model().reply(Reply.text("Grüße 😀\u2028\"\\\n\u007f"));
        assertThat(gateway.chat("umlaut", "Hi", _ -> {}).body())
                .contains("\"content\": \"Gr\\u00fc\\u00dfe \\ud83d\\ude00\\u2028\\\"\\\\\\n\u007f\"");
        gateway.model().reply(Reply.text("Grüße 😀"));
        assertThat(json("umlaut", "Hi", _ -> {}).body()).startsWith("{\"content\":\"Grüße 😀\",\"agent_id\":");
    }

    @Test
    void theJsonAnswerHasAllKeysInOrder() {
        agent("json");
        gateway.model().reply(Reply.text("Booked.").usage(310, 41));
        String body = json("json", "Book", request -> request.put("session_id", "s-81"))
                .body();
        assertThat(normal(body))
                .isEqualTo("{\"content\":\"Booked.\",\"agent_id\":\"json\",\"session_id\":\"s-81\","
                        + "\"model\":\"gpt-5.4\",\"token_usage\":{\"input_tokens\":310,\"output_tokens\":41,"
                        + "\"total_tokens\":351,\"time_to_first_token\": SECONDS,\"duration\": SECONDS,"
                        + "\"details\":{\"model\":[{\"input_tokens\":310,\"output_tokens\":41,\"total_tokens\":351,"
                        + "\"id\":\"gpt-5.4\",\"provider\":\"OpenAI Chat\"}]}},\"status\":\"COMPLETED\","
                        + "\"run_id\":\"UUID\",\"tools\":[]}");
    }

    @Test
    void theJsonAnswerShowsToolsWithFiveMembers() {
        agent("json-tools");
        gateway.model()
                .reply(
                        Reply.toolCall("resolve_datetime", "{\"text\": \"2027-03-05 12:00\"}"),
                        Reply.toolCall("nobody", "{}"),
                        Reply.text("Friday."));
        JsonNode answer = json("json-tools", "When?", _ -> {}).json();
        assertThat(normal(answer.get("tools").toString()))
                .isEqualTo("[{\"tool_call_id\":\"call_N_0\",\"tool_name\":\"resolve_datetime\","
                        + "\"requires_confirmation\":null,\"tool_args\":{\"text\":\"2027-03-05 12:00\"},"
                        + "\"result\":\"2027-03-05T12:00:00+00:00\"}]");
        assertThat(answer.at("/token_usage/total_tokens").asInt()).isEqualTo(3 * 18);
        JsonNode asked = gateway.model().requests().getLast().body();
        assertThat(asked.at("/messages/5/role").asText()).isEqualTo("tool");
        assertThat(asked.at("/messages/5/content").asText()).contains("no tool named 'nobody'", "resolve_datetime");
    }

    @Test
    void toolCallsAreStreamedWithAllTwentyMembers() {
        agent("tool-stream");
        gateway.model()
                .reply(Reply.toolCall("resolve_datetime", "{\"text\": \"2027-03-05 12:00\"}"), Reply.text("Friday."));
        List<String> data = data(gateway.chat("tool-stream", "When?", body -> body.put("session_id", "s-81")));
        String nulls = "\"requires_confirmation\": null, \"confirmed\": null, \"confirmation_note\": null,"
                + " \"requires_user_input\": null, \"user_input_schema\": null, \"user_feedback_schema\": null,"
                + " \"answered\": null, \"external_execution_required\": null, \"external_execution_silent\": null,"
                + " \"approval_type\": null, \"approval_id\": null}]";
        String tool = "\"tools\": [{\"tool_call_id\": \"call_N_0\", \"tool_name\": \"resolve_datetime\","
                + " \"tool_args\": {\"text\": \"2027-03-05 12:00\"}, ";
        String rest = "\"child_run_id\": null, \"stop_after_tool_call\": false, \"created_at\": AT, " + nulls + "}";
        assertThat(data)
                .contains(
                        common("tool-stream", "ToolCallStarted")
                                + ", "
                                + tool
                                + "\"tool_call_error\": null, \"result\": null, \"metrics\": null, "
                                + rest,
                        common("tool-stream", "ToolCallCompleted")
                                + ", \"content\": \"resolve_datetime(text=2027-03-05 12:00) completed in S.SSSSs. \", "
                                + tool
                                + "\"tool_call_error\": false, \"result\": \"2027-03-05T12:00:00+00:00\","
                                + " \"metrics\": {\"start_time\": SECONDS, \"end_time\": SECONDS, \"duration\": SECONDS}, "
                                + rest);
        assertThat(data)
                .extracting(line -> Json.read(line.replace(": AT", ": 0").replace(": SECONDS", ": 0"))
                        .get("event")
                        .asText())
                .containsExactly(
                        "RunStarted",
                        "ModelRequestStarted",
                        "RunContent",
                        "ModelRequestCompleted",
                        "ToolCallStarted",
                        "ToolCallCompleted",
                        "ModelRequestStarted",
                        "RunContent",
                        "RunContent",
                        "ModelRequestCompleted",
                        "RunContentCompleted",
                        "RunCompleted");
    }

    @Test
    void aFailingToolIsCompletedAndThenAnError() {
        agent("tool-error");
        gateway.model()
                .reply(Reply.toolCall("update_session_state", "{\"wrong\": [true, null]}"), Reply.text("Sorry."));
        TestGateway.Answer answer = gateway.chat("tool-error", "Hi", _ -> {});
        assertThat(answer.eventNames())
                .containsSubsequence("ToolCallStarted", "ToolCallCompleted", "ToolCallError", "RunCompleted");
        JsonNode error = answer.events().get(answer.eventNames().indexOf("ToolCallError"));
        assertThat(error.fieldNames()).toIterable().endsWith("nested_depth", "tools", "error");
        assertThat(error.at("/tools/0/tool_call_error").asBoolean()).isTrue();
        assertThat(error.get("error").asText()).isEqualTo("The argument 'session_state_updates' must be an object.");
        assertThat(error.at("/tools/0/result")).isEqualTo(error.get("error"));
        assertThat(answer.events().getLast().get("event").asText()).isEqualTo("RunCompleted");
    }

    @Test
    void malformedArgumentsAreToldToTheModel() {
        agent("malformed");
        gateway.model().reply(Reply.toolCall("resolve_datetime", "{\"text\": "), Reply.text("Sorry."));
        TestGateway.Answer answer = gateway.chat("malformed", "Hi", _ -> {});
        assertThat(answer.eventNames()).contains("ToolCallError").endsWith("RunCompleted");
        JsonNode asked = gateway.model().requests().getLast().body();
        assertThat(asked.at("/messages/3/content").asText()).contains("not a JSON object");
    }

    @ParameterizedTest
    @CsvSource({"gpt-5.4,OpenAI,OpenAI Chat", "claude-sonnet-4-6,Anthropic,Anthropic", "gemini-2.5-pro,Google,Google"})
    void allVendorsGiveTheSameStream(String model, String provider, String metricsProvider) {
        String id = "vendor-" + provider.toLowerCase(Locale.ROOT);
        agent(id);
        gateway.model()
                .reply(
                        Reply.text("Let me see. ")
                                .thenToolCall("resolve_datetime", "{\"text\": \"2027-03-05\"}")
                                .usage(20, 5),
                        Reply.text("Fri", "day.").usage(40, 3));
        TestGateway.Answer answer = gateway.chat(id, "When?", body -> body.put("model", model));
        assertThat(answer.eventNames())
                .filteredOn(name -> !name.equals("RunContent"))
                .containsExactly(
                        "RunStarted",
                        "ModelRequestStarted",
                        "ModelRequestCompleted",
                        "ToolCallStarted",
                        "ToolCallCompleted",
                        "ModelRequestStarted",
                        "ModelRequestCompleted",
                        "RunContentCompleted",
                        "RunCompleted");
        StringBuilder text = new StringBuilder();
        answer.events().stream()
                .filter(event -> event.get("event").asText().equals("RunContent"))
                .forEach(event -> text.append(event.get("content").asText()));
        assertThat(text.toString()).isEqualTo("Let me see. Friday.");
        JsonNode completed = answer.events().getLast();
        assertThat(completed.get("content").asText()).isEqualTo("Let me see. Friday.");
        assertThat(completed.at("/metrics/details/model/0").toString())
                .isEqualTo("{\"input_tokens\":60,\"output_tokens\":8,\"total_tokens\":68,\"id\":\"" + model
                        + "\",\"provider\":\"" + metricsProvider + "\"}");
        assertThat(answer.events().getFirst().get("model_provider").asText()).isEqualTo(provider);
        gateway.model().reply(Reply.text("Saturday.").usage(70, 2));
        JsonNode json = json(id, "And then?", body -> body.put("model", model)).json();
        assertThat(json.get("content").asText()).isEqualTo("Saturday.");
        assertThat(json.at("/token_usage/total_tokens").asInt()).isEqualTo(72);
        String history = gateway.model().requests().getLast().body().toString();
        assertThat(history).contains("When?", "resolve_datetime", "2027-03-05T00:00:00+00:00", "Friday.", "And then?");
    }

    @Test
    void theProviderIsAskedAsInTheSample() {
        agent("provider");
        gateway.model()
                .reply(
                        Reply.toolCall("resolve_datetime", "{\"text\": \"2027-03-05\"}"),
                        Reply.text("A"),
                        Reply.text("B"));
        gateway.chat("provider", "First", _ -> {});
        json("provider", "Second", _ -> {});
        List<RecordedRequest> all = gateway.model().requests();
        JsonNode first = all.get(all.size() - 3).body();
        assertThat(first.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder("model", "messages", "tools", "stream", "stream_options");
        assertThat(first.get("stream_options").toString()).isEqualTo("{\"include_usage\":true}");
        assertThat(first.get("messages").toString())
                .isEqualTo("[{\"role\":\"developer\",\"content\":\"You are a travel desk.\"},"
                        + "{\"role\":\"user\",\"content\":\"First\"}]");
        assertThat(first.get("tools").findValuesAsText("name"))
                .containsSubsequence(
                        "get_chat_history",
                        "resolve_datetime",
                        "search_knowledge_base",
                        "update_session_state",
                        "update_user_memory")
                .hasSize(5);
        JsonNode second = all.getLast().body();
        assertThat(second.fieldNames()).toIterable().containsExactlyInAnyOrder("model", "messages", "tools");
        assertThat(normal(second.get("messages").toString()))
                .isEqualTo("[{\"role\":\"developer\",\"content\":\"You are a travel desk.\"},"
                        + "{\"role\":\"user\",\"content\":\"First\"},"
                        + "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_N_0\","
                        + "\"type\":\"function\",\"function\":{\"name\":\"resolve_datetime\","
                        + "\"arguments\":\"{\\\"text\\\":\\\"2027-03-05\\\"}\"}}]},"
                        + "{\"role\":\"tool\",\"tool_call_id\":\"call_N_0\",\"content\":\"2027-03-05T00:00:00+00:00\"},"
                        + "{\"role\":\"assistant\",\"content\":\"A\"},"
                        + "{\"role\":\"user\",\"content\":\"Second\"}]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-5.4", "claude-sonnet-4-6", "gemini-2.5-pro"})
    void errorsOfProvidersNeverShowTheirText(String model) {
        String id = "error-" + model.replace('.', '-');
        agent(id);
        String secret = "key sk-123 of host db.internal is bad";
        gateway.model().reply(Reply.error(401, secret));
        TestGateway.Answer stream = gateway.chat(id, "Hi", body -> body.put("model", model));
        assertThat(stream.status()).isEqualTo(200);
        assertThat(stream.body()).doesNotContain("sk-123", "db.internal");
        JsonNode last = stream.events().getLast();
        assertThat(last.toString())
                .endsWith("\"nested_depth\":0,\"content\":\"The model provider rejected the gateway's credentials.\","
                        + "\"error_type\":\"run_error\",\"error_id\":\"model_authentication\"}");
        assertThat(stream.eventNames()).endsWith("RunError");
        gateway.model().reply(Reply.error(400, secret));
        TestGateway.Answer json = json(id, "Hi", body -> body.put("model", model));
        assertThat(json.status()).isEqualTo(200);
        assertThat(json.body()).doesNotContain("sk-123", "db.internal");
        assertThat(json.json().get("status").asText()).isEqualTo("ERROR");
        assertThat(json.json().get("content").asText()).isEqualTo("The model provider rejected the request.");
        assertThat(json.json().get("error_code").asText()).isEqualTo("model_invalid_request");
        assertThat(json.json().get("token_usage").isNull()).isTrue();
        assertThat(json.json().get("tools").toString()).isEqualTo("[]");
        assertThat(json.json().fieldNames())
                .toIterable()
                .containsExactly(
                        "content",
                        "agent_id",
                        "session_id",
                        "model",
                        "token_usage",
                        "status",
                        "run_id",
                        "tools",
                        "error_code");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-5.4", "claude-sonnet-4-6", "gemini-2.5-pro"})
    void anAnswerThatBreaksOffIsAnError(String model) {
        String id = "cut-" + model.replace('.', '-');
        agent(id);
        gateway.model().reply(Reply.text("Half an ans").cut());
        TestGateway.Answer answer = gateway.chat(id, "Hi", body -> body.put("model", model));
        assertThat(answer.eventNames()).contains("RunContent").endsWith("RunError");
        assertThat(answer.events().getLast().get("error_id").asText()).isEqualTo("model_stream_cut");
    }

    @Test
    void aQuietStreamSaysThatItIsAlive() {
        agent("quiet");
        gateway.model()
                .reply(Reply.text("One").thenPause(Duration.ofMillis(1500)).thenText("Two"));
        TestGateway.Answer answer = gateway.chat("quiet", "Hi", _ -> {});
        assertThat(answer.body()).contains("\n\n: alive\n\nevent: message\n");
        assertThat(answer.events().getLast().get("content").asText()).isEqualTo("OneTwo");
    }

    private static String rawDelta(String escaped) {
        return "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"
                + "\"delta\":{\"content\":\"" + escaped + "\"},\"finish_reason\":null}]}\n\n";
    }

    @Test
    void splitSurrogatesOfProvidersAreJoined() {
        agent("surrogates");
        gateway.model().reply(Reply.of().thenRaw(rawDelta("a\\ud83d")).thenRaw(rawDelta("\\ude00b")));
        TestGateway.Answer answer = gateway.chat("surrogates", "Hi", _ -> {});
        assertThat(answer.eventNames()).endsWith("RunCompleted");
        assertThat(answer.events().getLast().get("content").asText()).isEqualTo("a😀b");
    }

    @Test
    void halfCharactersAndNulsOfProvidersEndARunProperly() {
        agent("half");
        gateway.model().reply(Reply.of().thenRaw(rawDelta("a\\ud83db\\u0000c")));
        JsonNode stream = gateway.chat("half", "Hi", _ -> {}).events().getLast();
        assertThat(stream.get("event").asText()).isEqualTo("RunCompleted");
        assertThat(stream.get("content").asText()).startsWith("a").endsWith("c");
        gateway.model().reply(Reply.text("fine"));
        JsonNode json = json("half", "And now?", _ -> {}).json();
        assertThat(json.get("content").asText()).isEqualTo("fine");
    }
}

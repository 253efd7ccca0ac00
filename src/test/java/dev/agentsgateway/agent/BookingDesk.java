package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.app.TestGateway.Answer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.TestTool;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolSpec;
import dev.agentsgateway.tool.ToolSpec.SideEffect;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A gateway with {@code BookingToolkit}: {@code look} and {@code answer} (no side effect), {@code book} (once, with a
 * person's yes), {@code move} (idempotent, with a yes, fails as often as {@link #failures} says), {@code fall} (once,
 * with a yes, always fails) and {@code sleep}, which does not end. Its agents are {@code a1} and {@code careful}, at
 * which {@code look} and {@code move} want a yes.
 */
final class BookingDesk implements AutoCloseable {
    private static final String SCHEMA = """
            {"type":"object","properties":{"n":{"type":"integer"},"price":{"type":"number"},"zip":{"type":"string"},
             "loud":{"type":"boolean"},"attendees":{"type":"array","items":{"type":"string"}},
             "numbers":{"type":"array","items":{"type":"integer"}},"more":{"type":"object"},
             "either":{"type":["integer","string"]},"maybe":{"anyOf":[{"type":"integer"},{"type":"null"}]},
             "open":{}}}""";

    /** Of {@code move}: how many are still to come. */
    final AtomicInteger failures = new AtomicInteger();

    private final CountDownLatch release = new CountDownLatch(1);

    final TestTool look = tool("look", SideEffect.NONE, false);
    final TestTool book = tool("book", SideEffect.ONCE, true);
    final TestTool move = TestTool.of(spec("move", SideEffect.IDEMPOTENT, true), input -> {
                if (failures.getAndDecrement() > 0) {
                    throw new ToolException("The calendar is away.");
                }
                return "{\"moved\":true}";
            })
            .in("BookingToolkit");
    final TestTool fall = TestTool.of(spec("fall", SideEffect.ONCE, true), _ -> {
                throw new IllegalStateException("secret cause");
            })
            .in("BookingToolkit");
    private final TestTool answer = TestTool.of(
                    spec("answer", SideEffect.NONE, false),
                    input -> input.arguments().path("open").asText(null))
            .in("BookingToolkit");
    private final TestTool sleep = TestTool.of(spec("sleep", SideEffect.NONE, false), _ -> {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return null;
            })
            .in("BookingToolkit");
    final TestTool hidden = TestTool.free("hidden");

    final TestGateway gateway;

    BookingDesk() {
        gateway = TestGateway.start(
                Map.of("CONFIRMATION_TIMEOUT_SECONDS", "600", "TOOL_TIMEOUT_SECONDS", "1"),
                look,
                book,
                move,
                fall,
                answer,
                sleep,
                hidden);
        gateway.createAgent("a1", "You book.");
        gateway.createAgent(
                "careful",
                "You book.",
                body -> body.putObject("config")
                        .putArray("confirm_tools")
                        .add("look")
                        .add("move"));
    }

    private static ToolSpec spec(String name, SideEffect effect, boolean confirm) {
        return new ToolSpec(name, "For a test.", Json.read(SCHEMA), effect, confirm);
    }

    private static TestTool tool(String name, SideEffect effect, boolean confirm) {
        return TestTool.of(spec(name, effect, confirm), input -> "{\"did\":" + input.arguments() + "}")
                .in("BookingToolkit");
    }

    Answer run(String method, String arguments) {
        return run("a1", "BookingToolkit", method, arguments);
    }

    Answer run(String agent, String toolkit, String method, String arguments) {
        return gateway.get(path(agent, toolkit, method, arguments));
    }

    static String path(String agent, String toolkit, String method, String arguments) {
        return "/v2/agents/" + agent + "/toolkit/run?toolkit_name=" + toolkit + "&method_name=" + method
                + "&user_id=u1&session_id=s1" + (arguments.isEmpty() ? "" : "&" + arguments);
    }

    Answer confirm(JsonNode body) {
        return gateway.post("/v2/agents/a1/toolkit/confirm", body);
    }

    JsonNode held(String method, String arguments) {
        Answer answer = run(method, arguments);
        assertThat(answer.json().has("execution_id")).as(answer.body()).isTrue();
        return answer.json();
    }

    static ObjectNode confirmation(JsonNode held, Boolean confirmed) {
        return Json.object()
                .put("execution_id", held.get("execution_id").asText())
                .put("toolkit_name", held.get("toolkit_name").asText())
                .put("method_name", held.get("method_name").asText())
                .put("confirmed", confirmed);
    }

    @Override
    public void close() {
        release.countDown();
        gateway.close();
    }
}

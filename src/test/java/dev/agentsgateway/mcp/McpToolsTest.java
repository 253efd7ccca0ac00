package dev.agentsgateway.mcp;

import static dev.agentsgateway.mcp.FakeTools.declare;
import static dev.agentsgateway.mcp.FakeTools.readOnly;
import static dev.agentsgateway.mcp.FakeTools.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolSpec.SideEffect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of tools of real servers on loopback, whatever these do. */
class McpToolsTest {
    private final FakeMcpServer server = new FakeMcpServer();
    private final McpTools tools = Servers.tools();

    @AfterEach
    void close() {
        tools.close();
        server.close();
        assertThat(server.complaints).isEmpty();
    }

    private List<Tool> offer(McpServerSettings... servers) {
        return tools.offer(List.of(servers), Set.of("resolve_datetime")).tools();
    }

    private McpServerSettings settings(String transport) {
        server.streaming = transport.equals("stream");
        return transport.equals("sse")
                ? Servers.web("box", "sse", server.sseUrl(), Map.of(), null, Duration.ofSeconds(10))
                : Servers.http("box", server.url());
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "stream", "sse"})
    void toolsAreOfferedAndCalledOverOneSession(String transport) throws Exception {
        server.tools
                .with(
                        "echo",
                        arguments -> text("you said " + arguments.path("text").asText()))
                .with(readOnly("look"), _ -> text("nothing"))
                .with("third", _ -> text("3"));
        List<Tool> offered = offer(settings(transport));
        assertThat(Servers.names(offered)).containsExactly("echo", "look", "third");
        Tool echo = offered.getFirst();
        assertThat(echo.spec().description()).isEqualTo("It is echo.");
        assertThat(echo.spec().parameters().at("/properties/text/type").asText())
                .isEqualTo("string");
        assertThat(echo.spec().sideEffect()).isEqualTo(SideEffect.ONCE);
        assertThat(offered.get(1).spec().sideEffect()).isEqualTo(SideEffect.NONE);
        assertThat(Servers.call(echo, "{\"text\":\"hé\"}")).isEqualTo("you said hé");
        assertThat(Servers.call(echo, "{\"text\":\"b\"}")).isEqualTo("you said b");
        offer(settings(transport));
        assertThat(server.tools.initialized).hasValue(1);
        assertThat(server.tools.listed).hasValue(2);
        tools.close();
        Servers.await(() -> server.openSessions() == 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "stream", "sse"})
    void aServerThatWasRestartedIsInitialisedOnceMoreAndTheCallSucceeds(String transport) throws Exception {
        server.tools.with("book", _ -> text("booked"));
        Tool book = offer(settings(transport)).getFirst();
        assertThat(Servers.call(book, "{}")).isEqualTo("booked");
        server.restart();
        if (transport.equals("sse")) {
            // The stream's end is noticed at once, but not before it is there.
            Thread.sleep(100);
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> calls = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                calls.add(threads.submit(() -> Servers.call(book, "{}")));
            }
            for (Future<String> call : calls) {
                assertThat(call.get()).isEqualTo("booked");
            }
        }
        assertThat(server.tools.initialized).hasValue(2);
        assertThat(server.tools.calls("book")).isEqualTo(21);
    }

    @Test
    void aServerThatIsAwayFailsTheCallAndIsUsedAgainWhenItIsBack() throws Exception {
        server.tools.with("book", _ -> text("booked"));
        Tool book = offer(settings("json")).getFirst();
        server.stop();
        assertThatThrownBy(() -> Servers.call(book, "{}"))
                .isInstanceOf(ToolException.class)
                .hasMessageContaining("'box'")
                .hasMessageContaining("cannot be reached");
        server.start();
        assertThat(Servers.call(book, "{}")).isEqualTo("booked");
        assertThat(server.tools.calls("book")).isEqualTo(1);
    }

    @Test
    void aCallThatMayHaveReachedTheServerIsRepeatedOnlyWhenThatDoesNoHarm() throws Exception {
        server.tools
                .with("book", _ -> {
                    server.stop();
                    throw new IllegalStateException("gone");
                })
                .with(readOnly("look"), _ -> {
                    if (server.tools.calls("look") == 1) {
                        server.restart();
                    }
                    return text("seen");
                });
        List<Tool> offered = offer(settings("json"));
        assertThat(Servers.call(offered.get(1), "{}")).isEqualTo("seen");
        assertThat(server.tools.calls("look")).isEqualTo(2);
        assertThatThrownBy(() -> Servers.call(offered.get(0), "{}"))
                .isInstanceOf(ToolException.class)
                .hasMessageContaining("not known whether the call took effect");
        assertThat(server.tools.calls("book")).isEqualTo(1);
        server.start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "sse"})
    void aCallThatTakesTooLongFailsAloneAndIsCancelled(String transport) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        server.tools
                .with("sleep", _ -> {
                    never.await();
                    return text("late");
                })
                .with("echo", _ -> text("here"));
        McpServerSettings usual = settings(transport);
        List<Tool> offered =
                offer(Servers.web("box", usual.type(), usual.url(), Map.of(), null, Duration.ofMillis(300)));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> slow = threads.submit(() -> Servers.call(offered.get(0), "{}"));
            assertThat(Servers.call(offered.get(1), "{}")).isEqualTo("here");
            assertThatThrownBy(slow::get)
                    .hasRootCauseInstanceOf(ToolException.class)
                    .hasMessageContaining("no answer within 0 seconds");
        }
        assertThat(Servers.call(offered.get(1), "{}")).isEqualTo("here");
        Servers.await(() -> server.tools.cancelled.size() == 1);
        assertThat(server.tools.initialized).hasValue(1);
        never.countDown();
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "sse"})
    void aCallThatIsInterruptedEndsAtOnceAndTheSessionStays(String transport) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        server.tools
                .with(readOnly("sleep"), _ -> {
                    begun.countDown();
                    never.await();
                    return text("late");
                })
                .with("echo", _ -> text("here"));
        List<Tool> offered = offer(settings(transport));
        FutureTask<String> call = new FutureTask<>(() -> Servers.call(offered.get(0), "{}"));
        Thread thread = Thread.ofVirtual().start(call);
        begun.await();
        thread.interrupt();
        assertThatThrownBy(() -> call.get(2, TimeUnit.SECONDS)).hasMessageContaining("it was cancelled");
        Servers.await(() -> server.tools.cancelled.size() == 1);
        assertThat(Servers.call(offered.get(1), "{}")).isEqualTo("here");
        assertThat(server.tools.initialized).hasValue(1);
        assertThat(server.tools.calls("sleep")).isEqualTo(1);
        never.countDown();
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "stream"})
    void anAnswerOfTenMegabytesFailsItsCallOnly(String transport) throws Exception {
        String huge = "x".repeat(10 << 20);
        server.tools
                .with(readOnly("huge"), _ -> text(huge))
                .with(readOnly("big"), _ -> text("y".repeat(2 << 20)))
                .with("echo", _ -> text("here"));
        List<Tool> offered = offer(settings(transport));
        assertThatThrownBy(() -> Servers.call(offered.get(0), "{}"))
                .isInstanceOf(ToolException.class)
                .hasMessageContaining("longer than 4 MiB");
        assertThat(Servers.call(offered.get(1), "{}"))
                .hasSizeLessThan((1 << 20) + 100)
                .endsWith("[cut: the result has 2097152 characters]");
        assertThat(Servers.call(offered.get(2), "{}")).isEqualTo("here");
        assertThat(server.tools.initialized).hasValue(1);
        assertThat(server.tools.calls("huge")).isEqualTo(1);
    }

    @Test
    void toolsThatLieAboutTheirSchemasAreLeftOutOrFail() throws Exception {
        ObjectNode structured = declare("typed", "{\"type\":\"object\"}");
        structured.set(
                "outputSchema",
                Json.read("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"required\":[\"n\"]}"));
        ObjectNode good = structured.deepCopy().put("name", "kept");
        ObjectNode wordy = declare("wordy", "{\"type\":\"object\"}").put("description", "d".repeat(100_000));
        server.tools
                .with(declare("text", "\"a text\""), _ -> text("?"))
                .with(declare("list", "{\"type\":\"array\"}"), _ -> text("?"))
                .with(
                        declare("wrong", "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"nonsense\"}}}"),
                        _ -> text("?"))
                .with(
                        declare("huge", "{\"type\":\"object\",\"description\":\"" + "x".repeat(70_000) + "\"}"),
                        _ -> text("?"))
                .with(Json.object().put("name", 5).put("inputSchema", "x"), _ -> text("?"))
                .with(declare("", "{\"type\":\"object\"}"), _ -> text("?"))
                .with(declare("naïve/tool 1", "{}"), _ -> text("fine"))
                .with(structured, _ -> lie())
                .with(good, _ -> {
                    ObjectNode result = Json.object();
                    result.putArray("content");
                    result.putObject("structuredContent").put("n", 1);
                    return result;
                })
                .with(wordy, _ -> Json.object());
        List<Tool> offered = offer(settings("json"));
        assertThat(Servers.names(offered)).containsExactly("na_ve_tool_1", "typed", "kept", "wordy");
        assertThat(Servers.call(offered.get(0), "{}")).isEqualTo("fine");
        assertThatThrownBy(() -> Servers.call(offered.get(1), "{}"))
                .isInstanceOf(ToolException.class)
                .hasMessageContaining("does not fit what it declares")
                .hasMessageContaining("n");
        assertThat(Servers.call(offered.get(2), "{}")).isEqualTo("{\"n\":1}");
        assertThat(offered.get(3).spec().description()).hasSizeLessThan(5000);
        assertThat(Servers.call(offered.get(3), "{}")).isEmpty();
    }

    private static ObjectNode lie() {
        ObjectNode result = text("n is one");
        result.putObject("structuredContent").put("n", "one");
        return result;
    }

    @Test
    void aToolSaysWhatWentWrongAndWhatIsNoTextIsNamed() throws Exception {
        server.tools
                .with("fail", _ -> text("There is no seat 12F.").put("isError", true))
                .with("mixed", _ -> {
                    ObjectNode result = text("a picture:");
                    result.withArray("content")
                            .addObject()
                            .put("type", "image")
                            .put("data", "AAAA")
                            .put("mimeType", "image/png");
                    ObjectNode resource =
                            result.withArray("content").addObject().put("type", "resource");
                    resource.putObject("resource").put("uri", "file:///x").put("text", "inside");
                    return result;
                });
        List<Tool> offered = offer(settings("json"));
        assertThatThrownBy(() -> Servers.call(offered.get(0), "{}"))
                .isInstanceOf(ToolException.class)
                .hasMessage("There is no seat 12F.");
        assertThat(Servers.call(offered.get(1), "{}"))
                .isEqualTo("a picture:\n[image of type image/png, not shown]\ninside");
        server.tools.without("mixed");
        assertThatThrownBy(() -> Servers.call(offered.get(1), "{}"))
                .isInstanceOf(ToolException.class)
                .hasMessageContaining("Unknown tool: mixed");
    }
}

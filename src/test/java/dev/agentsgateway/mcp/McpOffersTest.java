package dev.agentsgateway.mcp;

import static dev.agentsgateway.mcp.FakeTools.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolSpec.SideEffect;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which tools of real servers on loopback are offered. */
class McpOffersTest {
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
    @ValueSource(strings = {"json", "sse"})
    void aChangedListIsOfferedWhenTheServerSaysSo(String transport) throws Exception {
        server.tools.with("one", _ -> text("1"));
        assertThat(Servers.names(offer(settings(transport)))).containsExactly("one");
        Servers.await(() -> server.openStreams() == 1);
        server.tools.with("two", _ -> text("2"));
        assertThat(Servers.names(offer(settings(transport)))).containsExactly("one");
        server.toolsChanged();
        Servers.await(() -> Servers.names(offer(settings(transport))).contains("two"));
        assertThat(server.tools.initialized).hasValue(1);
    }

    @Test
    void filtersConfirmationsAndClashesShapeWhatIsOffered() {
        try (FakeMcpServer other = new FakeMcpServer()) {
            for (FakeMcpServer each : List.of(server, other)) {
                each.tools
                        .with("search", _ -> text("?"))
                        .with("delete", _ -> text("?"))
                        .with("resolve_datetime", _ -> text("?"));
            }
            server.tools.with("alone", _ -> text("?"));
            McpServerSettings first = new McpServerSettings(
                    "first one",
                    "http",
                    null,
                    List.of(),
                    Map.of(),
                    server.url(),
                    Map.of(),
                    null,
                    Set.of("resolve_datetime"),
                    Set.of("delete"),
                    null,
                    Duration.ofSeconds(5));
            McpServerSettings second = new McpServerSettings(
                    "second",
                    "streamable-http",
                    null,
                    List.of(),
                    Map.of(),
                    other.url(),
                    Map.of(),
                    Set.of("search", "resolve_datetime"),
                    Set.of(),
                    Set.of(),
                    null,
                    Duration.ofSeconds(5));
            List<Tool> offered = offer(first, second);
            assertThat(Servers.names(offered))
                    .containsExactly(
                            "first_one__search", "delete", "alone", "second__search", "second__resolve_datetime");
            assertThat(offered.stream().filter(tool -> tool.spec().confirm()))
                    .extracting(tool -> tool.spec().name())
                    .containsExactly("delete");
            assertThat(Servers.names(offer(second, first))).containsExactlyInAnyOrderElementsOf(Servers.names(offered));
        }
    }

    @Test
    void aServerThatCannotBeUsedIsReported() {
        server.stop();
        assertThatThrownBy(() -> offer(settings("json")))
                .isInstanceOf(McpUnavailableException.class)
                .hasMessageContaining("box")
                .hasMessageContaining("cannot be reached");
        server.start();
        assertThatThrownBy(() -> offer(settings("json")))
                .isInstanceOf(McpUnavailableException.class)
                .hasMessageContaining("no usable tool");
        assertThatThrownBy(() -> offer(Servers.http("box", "ftp://secret@x/")))
                .isInstanceOf(McpUnavailableException.class)
                .message()
                .doesNotContain("secret");
    }

    @Test
    void whoWaitsWhileAnotherFindsAServerGoneDoesNotWaitForTheSameAgain() throws Exception {
        HostResolver slow = host -> {
            try {
                Thread.sleep(300);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new UnknownHostException(host);
        };
        try (McpTools own = new McpTools(slow, new StdioCommands(Map.of()), McpTools.Settings.DEFAULT);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long begun = System.nanoTime();
            List<Future<McpTools.Offer>> offers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                offers.add(threads.submit(() -> own.offer(List.of(Servers.http("box", server.url())), Set.of())));
            }
            for (Future<McpTools.Offer> offer : offers) {
                assertThatThrownBy(offer::get).hasCauseInstanceOf(McpUnavailableException.class);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
        }
    }

    @Test
    void serversThatAreNotUsedAreNamedWithTheReason() {
        server.tools.with("echo", _ -> text("?"));
        McpTools.Offer offer = tools.offer(
                List.of(
                        Servers.stdio("files", "cat", List.of(), Map.of(), Duration.ofSeconds(1)),
                        Servers.http("nowhere", null),
                        Servers.web("odd", "carrier-pigeon", "x", Map.of(), null, Duration.ofSeconds(1)),
                        Servers.http("box", server.url())),
                Set.of());
        assertThat(Servers.names(offer.tools())).containsExactly("echo");
        assertThat(offer.leftOut())
                .containsExactly(
                        "files: stdio servers are not allowed here (MCP_STDIO_COMMANDS)",
                        "nowhere: it has no url",
                        "odd: its type is unknown");
    }

    @Test
    void aRunThatIsContinuedHasTheToolsItBeganWith() throws Exception {
        server.tools.with("search", _ -> text("found")).with("resolve_datetime", _ -> text("now"));
        McpServerSettings box = settings("json");
        McpTools.Offer begun = tools.offer(List.of(box), Set.of("resolve_datetime"));
        server.tools.with("later", _ -> text("?"));
        server.stop();
        try (McpTools elsewhere = Servers.tools()) {
            List<Tool> again = elsewhere.again(List.of(box), begun.names());
            assertThat(Servers.names(again)).containsExactly("search", "box__resolve_datetime");
            assertThat(again).allMatch(tool -> tool.spec().sideEffect() == SideEffect.ONCE);
            assertThatThrownBy(() -> Servers.call(again.getFirst(), "{}"))
                    .isInstanceOf(ToolException.class)
                    .hasMessageContaining("cannot be reached");
            server.start();
            assertThat(Servers.call(again.getFirst(), "{}")).isEqualTo("found");
            assertThat(Servers.names(elsewhere.again(List.of(box), begun.names())))
                    .containsExactly("search", "box__resolve_datetime");
        }
    }

    @Test
    void headersAreSentAndIdleConnectionsClosed() throws Exception {
        server.tools.with("echo", _ -> text("here"));
        server.token = "t-1";
        McpTools.Settings brief = new McpTools.Settings(Duration.ofMillis(300), 10, Duration.ofMinutes(1));
        try (McpTools own = Servers.tools(brief, Map.of())) {
            McpServerSettings with = Servers.web(
                    "box",
                    "http",
                    server.url(),
                    Map.of("Authorization", "Bearer t-1", "X-Team", "blue"),
                    null,
                    Duration.ofSeconds(5));
            Tool echo = own.offer(List.of(with), Set.of()).tools().getFirst();
            assertThat(server.headers).allMatch(headers -> headers.get("X-team").equals(List.of("blue")));
            Servers.await(() -> server.openSessions() == 0);
            assertThat(Servers.call(echo, "{}")).isEqualTo("here");
            assertThat(server.tools.initialized).hasValue(2);
            assertThatThrownBy(() -> own.offer(List.of(Servers.http("box", server.url())), Set.of()))
                    .isInstanceOf(McpUnavailableException.class)
                    .hasMessageContaining("credentials");
        }
    }

    @Test
    void onlyResolvedAddressesAreConnectedTo() {
        HostResolver none = host -> {
            throw new UnknownHostException(host + " is private");
        };
        try (McpTools own = new McpTools(none, new StdioCommands(Map.of()), McpTools.Settings.DEFAULT)) {
            assertThatThrownBy(() -> own.offer(List.of(Servers.http("box", server.url())), Set.of()))
                    .isInstanceOf(McpUnavailableException.class)
                    .hasMessageContaining("must not be connected to");
        }
        assertThat(server.headers).isEmpty();
    }
}

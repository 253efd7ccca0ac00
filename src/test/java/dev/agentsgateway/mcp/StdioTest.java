package dev.agentsgateway.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentsgateway.app.CrashableGateway;
import dev.agentsgateway.app.EffectServer;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.bench.ScriptedModelServer;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.TestDatabase;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Servers in processes of their own: what they are given, how they fail, and that none is left over. */
class StdioTest {
    private static final String MARK = "MCP_TEST_MARK";
    private final String mark = UUID.randomUUID().toString();

    private static McpTools allowing(String... commands) {
        Map<String, String> variables = new HashMap<>();
        variables.put("PATH", System.getenv("PATH"));
        variables.put("HOME", "/nowhere");
        variables.put("OPENAI_API_KEY", "canary");
        variables.put(StdioCommands.VARIABLE, String.join(",", commands));
        return Servers.tools(McpTools.Settings.DEFAULT, variables);
    }

    private McpServerSettings java(Duration timeout) {
        return Servers.stdio("java", StdioServer.java(), StdioServer.arguments(), Map.of(MARK, mark), timeout);
    }

    private McpServerSettings stubborn(String command) {
        try {
            Path script = Path.of(
                    StdioTest.class.getResource("/mcp/stubborn-server.sh").toURI());
            return Servers.stdio(
                    "stubborn", command, List.of(script.toString()), Map.of(MARK, mark), Duration.ofSeconds(5));
        } catch (java.net.URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Tool> offer(McpTools tools, McpServerSettings server) {
        return tools.offer(List.of(server), Set.of()).tools();
    }

    /** Processes that have this test's mark in their environment, those that others started included. */
    private long processes() {
        try (var all = ProcessHandle.allProcesses()) {
            return all.filter(process -> environment(process).contains(MARK + "=" + mark))
                    .count();
        }
    }

    private static String environment(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // It has ended, or is somebody else's.
            return "";
        }
    }

    @Test
    void aServerHasACleanEnvironmentAndItsFailuresAreItsCallsOnly() throws Exception {
        try (McpTools tools = allowing(StdioServer.java())) {
            List<Tool> offered = offer(tools, java(Duration.ofSeconds(2)));
            assertThat(Servers.names(offered)).containsExactly("env", "echo", "huge", "sleep", "exit");
            assertThat(Servers.call(offered.get(0), "{}").split(","))
                    .contains("PATH", "HOME", MARK)
                    .doesNotContain("OPENAI_API_KEY")
                    .doesNotContain(StdioCommands.VARIABLE);
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<String> slow = threads.submit(() -> Servers.call(offered.get(3), "{}"));
                Future<String> huge = threads.submit(() -> Servers.call(offered.get(2), "{}"));
                assertThat(Servers.call(offered.get(1), "{\"text\":\"line\\nbreak\"}"))
                        .isEqualTo("line\nbreak");
                assertThatThrownBy(huge::get).hasMessageContaining("longer than 4 MiB");
                assertThatThrownBy(slow::get).hasMessageContaining("no answer within 2 seconds");
            }
            assertThatThrownBy(() -> Servers.call(offered.get(4), "{}"))
                    .isInstanceOf(ToolException.class)
                    .hasMessageContaining("process has ended")
                    .hasMessageContaining("not known whether");
            assertThat(Servers.call(offered.get(1), "{\"text\":\"again\"}")).isEqualTo("again");
        }
        Servers.await(() -> processes() == 0);
    }

    @Test
    void aServerThatStopsReadingIsReplaced() throws Exception {
        try (McpTools tools = allowing("sh")) {
            McpServerSettings usual = stubborn("sh");
            McpServerSettings brief = Servers.stdio("deaf", "sh", usual.args(), usual.env(), Duration.ofMillis(500));
            Tool pid = offer(tools, brief).getFirst();
            String first = Servers.call(pid, "{}");
            assertThatThrownBy(() -> Servers.call(pid, "{\"deaf\":true}")).hasMessageContaining("no answer");
            String large = "{\"x\":\"" + "x".repeat(1 << 20) + "\"}";
            assertThatThrownBy(() -> Servers.call(pid, large)).hasMessageContaining("no answer");
            Servers.await(() -> !called(pid).isEmpty());
            assertThat(Servers.call(pid, "{}")).isNotEqualTo(first);
        }
        Servers.await(() -> processes() == 0);
    }

    @Test
    void aHundredReconnectsLeaveNoProcess() throws Exception {
        try (McpTools tools = allowing("sh")) {
            Tool pid = offer(tools, stubborn("sh")).getFirst();
            Set<String> seen = new HashSet<>();
            seen.add(Servers.call(pid, "{}"));
            String last = seen.iterator().next();
            while (seen.size() <= 100) {
                ProcessHandle.of(Long.parseLong(last)).orElseThrow().destroyForcibly();
                String before = last;
                Servers.await(() -> !called(pid).equals(before) && !called(pid).isEmpty());
                last = called(pid);
                assertThat(seen.add(last)).isTrue();
            }
            // What is left belongs to the session that is open: sh, its two sides, cat, the server and its sleep.
            Servers.await(() -> processes() <= 6);
        }
        Servers.await(() -> processes() == 0);
    }

    /** Empty while it is not noticed that the server has ended. */
    private static String called(Tool tool) {
        try {
            return Servers.call(tool, "{}");
        } catch (ToolException e) {
            return "";
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aKilledGatewayLeavesNoProcess() throws Exception {
        Path script =
                Path.of(StdioTest.class.getResource("/mcp/stubborn-server.sh").toURI());
        try (TestDatabase database = TestDatabase.create();
                ScriptedModelServer model = ScriptedModelServer.start();
                EffectServer effects = new EffectServer(Duration.ZERO);
                CrashableGateway gateway = CrashableGateway.start(
                        database.settings(), model, effects, Map.of(StdioCommands.VARIABLE, "/bin/sh"))) {
            var body = Json.object().put("id", "a1").put("name", "a1").put("template", "T");
            var server = body.putObject("config")
                    .putObject("worker_config")
                    .putArray("mcp_servers")
                    .addObject()
                    .put("name", "stubborn")
                    .put("command", "/bin/sh");
            server.putArray("args").add(script.toString());
            server.putObject("env").put(MARK, mark);
            assertThat(post(gateway.url() + "/v2/agents", body.toString()).statusCode())
                    .isEqualTo(201);
            model.reply(Reply.toolCall("pid", "{}"), Reply.text("Done."));
            String answer = post(
                            gateway.url() + "/v2/agents/a1/chat",
                            TestGateway.chatBody("Go", chat -> chat.put("stream", false))
                                    .toString())
                    .body();
            assertThat(answer).contains("Done.");
            assertThat(processes()).isGreaterThanOrEqualTo(3);
            gateway.kill();
        }
        Servers.await(() -> processes() == 0);
    }

    private static HttpResponse<String> post(String url, String body) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create(url))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void onlyWhatTheOperatorAllowsIsStarted() {
        StdioCommands commands =
                new StdioCommands(Map.of("PATH", "/usr/bin:/bin", StdioCommands.VARIABLE, "cat, /bin/sh"));
        assertThat(commands.program("cat")).isEqualTo(commands.program("/usr/bin/cat"));
        assertThat(commands.program("/bin/sh")).isEqualTo(Path.of("/bin/sh"));
        for (String refused : new String[] {"ls", "/bin/ls", "./cat", "../bin/cat", "", null, "cat\0x", "nothing"}) {
            assertThatThrownBy(() -> commands.program(refused))
                    .isInstanceOf(McpException.class)
                    .hasMessageContaining(StdioCommands.VARIABLE);
        }
        for (String name : new String[] {"PATH", "LD_PRELOAD", "Node_Options", "BASH_ENV", "", "A=B"}) {
            assertThatThrownBy(() -> commands.environment(Map.of(name, "x"))).isInstanceOf(McpException.class);
        }
        assertThat(commands.environment(Map.of("TOKEN", "x")))
                .containsOnly(Map.entry("PATH", "/usr/bin:/bin"), Map.entry("TOKEN", "x"));
    }
}

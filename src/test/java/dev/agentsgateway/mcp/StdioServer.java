package dev.agentsgateway.mcp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** An MCP server on standard input and output, as a program. */
final class StdioServer {
    private StdioServer() {}

    /** What starts it. */
    static List<String> arguments() {
        return List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StdioServer.class.getName());
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        FakeTools tools = new FakeTools()
                .with(
                        "env",
                        _ -> FakeTools.text(String.join(
                                ",", System.getenv().keySet().stream().sorted().toList())))
                .with("echo", given -> FakeTools.text(given.path("text").asText()))
                .with("huge", _ -> FakeTools.text("x".repeat(10 << 20)))
                .with("sleep", _ -> {
                    Thread.sleep(60_000);
                    return FakeTools.text("late");
                })
                .with("exit", _ -> {
                    Runtime.getRuntime().halt(3);
                    return null;
                });
        System.err.println("canary on standard error");
        out.println("this is no message");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ObjectNode message = (ObjectNode) Json.read(line);
            Thread.ofVirtual().start(() -> {
                ObjectNode answer = tools.answer(message);
                if (answer != null) {
                    synchronized (out) {
                        out.println(answer);
                        out.flush();
                    }
                }
            });
        }
    }
}

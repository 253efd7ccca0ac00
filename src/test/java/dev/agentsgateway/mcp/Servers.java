package dev.agentsgateway.mcp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolContext;
import dev.agentsgateway.tool.ToolInput;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Settings of servers, and calls of tools, as tests want them. */
final class Servers {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Servers() {}

    static McpServerSettings http(String name, String url) {
        return web(name, "http", url, Map.of(), null, Duration.ofSeconds(10));
    }

    static McpServerSettings web(
            String name,
            String type,
            String url,
            Map<String, String> headers,
            McpServerSettings.Oauth oauth,
            Duration timeout) {
        return new McpServerSettings(
                name, type, null, List.of(), Map.of(), url, headers, null, Set.of(), Set.of(), oauth, timeout);
    }

    static McpServerSettings stdio(
            String name, String command, List<String> args, Map<String, String> env, Duration timeout) {
        return new McpServerSettings(
                name, "stdio", command, args, env, null, Map.of(), null, Set.of(), Set.of(), null, timeout);
    }

    static McpTools tools() {
        return tools(McpTools.Settings.DEFAULT, Map.of());
    }

    static McpTools tools(McpTools.Settings settings, Map<String, String> variables) {
        return new McpTools(InetAddress::getAllByName, new StdioCommands(variables), settings);
    }

    static Tool find(List<Tool> tools, String name) {
        return tools.stream()
                .filter(tool -> tool.spec().name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static List<String> names(List<Tool> tools) {
        return tools.stream().map(tool -> tool.spec().name()).toList();
    }

    static String call(Tool tool, String arguments) throws Exception {
        ObjectNode object = (ObjectNode) Json.read(arguments);
        ToolContext context = new ToolContext(null, "a1", "s1", "u1", null, "UTC", "en");
        return tool.execute(new ToolInput("c1", "k1", object, context)).content();
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it did not happen");
            }
            Thread.sleep(10);
        }
    }
}

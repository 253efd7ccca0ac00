package dev.agentsgateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolSpec;
import dev.agentsgateway.tool.ToolSpec.SideEffect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tools of MCP servers, for runs. Connections are shared by all runs and closed when they are idle; all servers of an
 * agent are contacted at once. Holds no database connection. Thread-safe.
 */
public final class McpTools implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(McpTools.class);

    private final McpConnections connections;
    private final StdioCommands commands;
    private final Cache<String, Boolean> told = Caffeine.newBuilder()
            .maximumSize(1000)
            .expireAfterWrite(Duration.ofHours(1))
            .build();

    /**
     * @param idle           connections that nobody used for so long are closed
     * @param maxConnections the ones that were not used longest are closed first
     * @param listValidity   how long a list of tools is believed without a word of its server
     */
    public record Settings(Duration idle, int maxConnections, Duration listValidity) {
        public static final Settings DEFAULT = new Settings(Duration.ofMinutes(5), 256, Duration.ofMinutes(5));
    }

    /**
     * What a run is given.
     *
     * @param leftOut servers that are not used, each with the reason, fit for clients
     * @param names   to be kept with the run and given to {@link #again}
     */
    public record Offer(List<Tool> tools, List<String> leftOut, ArrayNode names) {}

    private record Answered(List<ServerTool> tools, McpException failure) {}

    public McpTools(HostResolver resolver, StdioCommands commands, Settings settings) {
        this.commands = commands;
        this.connections = new McpConnections(resolver, commands, settings);
    }

    /**
     * The tools for a new run.
     *
     * @param taken names of tools that the run has besides
     * @throws McpUnavailableException when one of the servers cannot be reached or has no tool
     */
    public Offer offer(List<McpServerSettings> servers, Set<String> taken) {
        List<String> leftOut = new ArrayList<>();
        List<McpServerSettings> usable = usable(servers, leftOut);
        Map<McpServerSettings, Answered> answers = ask(usable);
        for (McpServerSettings server : usable) {
            McpException failure = answers.get(server).failure();
            if (failure != null) {
                throw new McpUnavailableException(
                        "the MCP server " + server.name() + " cannot be used: " + failure.getMessage(), failure);
            }
            if (answers.get(server).tools().isEmpty()) {
                throw new McpUnavailableException("the MCP server " + server.name() + " has no usable tool", null);
            }
        }
        List<ToolNames.Place> places = new ArrayList<>();
        List<Tool> tools = new ArrayList<>();
        usable.forEach(server -> offered(server, answers.get(server))
                .forEach(tool -> places.add(new ToolNames.Place(server.name(), tool.name()))));
        List<String> names = ToolNames.of(places, taken);
        ArrayNode kept = Json.MAPPER.createArrayNode();
        for (McpServerSettings server : usable) {
            for (ServerTool tool : offered(server, answers.get(server))) {
                String name = names.get(tools.size());
                tools.add(tool(name, server, tool));
                kept.addArray().add(name).add(server.name()).add(tool.name());
            }
        }
        return new Offer(List.copyOf(tools), List.copyOf(leftOut), kept);
    }

    /**
     * The same tools for a run that is continued, under the same names, whatever has become of the servers: calls of one
     * that cannot be reached fail, the run does not.
     *
     * @param names of the {@link Offer} that the run began with
     */
    public List<Tool> again(List<McpServerSettings> servers, JsonNode names) {
        if (names.isEmpty()) {
            return List.of();
        }
        Map<String, McpServerSettings> byName = new LinkedHashMap<>();
        List<McpServerSettings> usable = usable(servers, new ArrayList<>());
        usable.forEach(server -> byName.putIfAbsent(server.name(), server));
        Map<McpServerSettings, Answered> answers = ask(usable);
        List<Tool> tools = new ArrayList<>();
        for (JsonNode entry : names) {
            McpServerSettings server = byName.get(entry.path(1).asText());
            if (server != null) {
                String name = entry.path(2).asText();
                tools.add(tool(entry.path(0).asText(), server, declared(answers.get(server), name)));
            }
        }
        return tools;
    }

    /** What the server says of it now, else the least that can be said: calls are tried, and never twice. */
    private static ServerTool declared(Answered answered, String name) {
        return answered.tools().stream()
                .filter(tool -> tool.name().equals(name))
                .findFirst()
                .orElseGet(() -> new ServerTool(
                        name,
                        "At present this tool's server does not say what it is.",
                        Json.object().put("type", "object").set("properties", Json.object()),
                        null,
                        SideEffect.ONCE));
    }

    private static List<ServerTool> offered(McpServerSettings server, Answered answered) {
        return answered.tools().stream()
                .filter(tool -> server.offers(tool.name()))
                .toList();
    }

    private Tool tool(String name, McpServerSettings server, ServerTool tool) {
        ToolSpec spec = new ToolSpec(
                name,
                tool.description(),
                tool.parameters(),
                tool.sideEffect(),
                server.confirmTools().contains(tool.name()));
        return new McpTool(spec, tool, server, connections);
    }

    private List<McpServerSettings> usable(List<McpServerSettings> servers, List<String> leftOut) {
        List<McpServerSettings> usable = new ArrayList<>();
        for (McpServerSettings server : servers) {
            String reason = unusable(server);
            if (reason == null) {
                usable.add(server);
            } else {
                leftOut.add(server.name() + ": " + reason);
                tell(server.name(), reason);
            }
        }
        return usable;
    }

    /** Once in a while: every chat of the agent finds the same. */
    private void tell(String server, String reason) {
        if (told.asMap().putIfAbsent(server + ": " + reason, true) == null) {
            LOG.warn("the MCP server {} is left out: {}", server, reason);
        }
    }

    private String unusable(McpServerSettings server) {
        switch (server.type()) {
            case "http", "streamable-http", "sse" -> {
                return server.url() == null || server.url().isBlank() ? "it has no url" : null;
            }
            case "stdio" -> {
                try {
                    commands.program(server.command());
                    return null;
                } catch (McpException e) {
                    return e.getMessage();
                }
            }
            default -> {
                return "its type is unknown";
            }
        }
    }

    private Map<McpServerSettings, Answered> ask(List<McpServerSettings> servers) {
        Map<McpServerSettings, FutureTask<List<ServerTool>>> tasks = new LinkedHashMap<>();
        for (McpServerSettings server : servers) {
            FutureTask<List<ServerTool>> task =
                    new FutureTask<>(() -> connections.with(server, open -> open.tools(server.name())));
            tasks.put(server, task);
            Thread.ofVirtual().name("mcp-" + server.name()).start(task);
        }
        Map<McpServerSettings, Answered> answers = new LinkedHashMap<>();
        tasks.forEach((server, task) -> answers.put(server, answered(task)));
        return answers;
    }

    private static Answered answered(FutureTask<List<ServerTool>> task) {
        try {
            return new Answered(task.get(), null);
        } catch (ExecutionException e) {
            McpException told = e.getCause() instanceof McpException known
                    ? known
                    : new McpException(McpException.Kind.BROKEN, "it cannot be used", e.getCause());
            return new Answered(List.of(), told);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answered(List.of(), new McpException(McpException.Kind.NOT_SENT, "interrupted", e));
        }
    }

    @Override
    public void close() {
        connections.close();
    }
}

package dev.agentsgateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** What an MCP server does, whatever it is reached by: it answers JSON-RPC requests and keeps count. Thread-safe. */
final class FakeTools {
    final AtomicInteger initialized = new AtomicInteger();
    final AtomicInteger listed = new AtomicInteger();
    final AtomicInteger pinged = new AtomicInteger();
    final List<ObjectNode> calls = new CopyOnWriteArrayList<>();
    final List<JsonNode> cancelled = new CopyOnWriteArrayList<>();
    /** Handshakes are answered when it is open. */
    volatile CountDownLatch greeting = new CountDownLatch(0);

    private final Map<String, Entry> tools = new LinkedHashMap<>();
    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();

    /** The result of a call. */
    interface Body {
        JsonNode result(ObjectNode arguments) throws Exception;
    }

    private record Entry(ObjectNode declared, Body body) {}

    /** A tool with a text argument {@code text} and no annotations. */
    FakeTools with(String name, Body body) {
        return with(declare(name, "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}}}"), body);
    }

    FakeTools with(ObjectNode declared, Body body) {
        synchronized (tools) {
            tools.put(declared.path("name").toString(), new Entry(declared, body));
        }
        return this;
    }

    void without(String name) {
        synchronized (tools) {
            tools.remove("\"" + name + "\"");
        }
    }

    static ObjectNode declare(String name, String schema) {
        ObjectNode declared = Json.object().put("name", name).put("description", "It is " + name + ".");
        declared.set("inputSchema", Json.read(schema));
        return declared;
    }

    static ObjectNode readOnly(String name) {
        ObjectNode declared = declare(name, "{\"type\":\"object\"}");
        declared.putObject("annotations").put("readOnlyHint", true);
        return declared;
    }

    static ObjectNode text(String text) {
        ObjectNode result = Json.object();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        return result;
    }

    int calls(String tool) {
        return counts.getOrDefault(tool, new AtomicInteger()).get();
    }

    /** The answer to a message; null when it wants none. */
    ObjectNode answer(JsonNode message) {
        if (!message.has("id")) {
            if (message.path("method").asText().equals("notifications/cancelled")) {
                cancelled.add(message.get("params"));
            }
            return null;
        }
        ObjectNode answer = Json.object().put("jsonrpc", "2.0");
        try {
            answer.set("result", result(message));
        } catch (Exception e) {
            answer.putObject("error").put("code", -32_602).put("message", e.getMessage());
        }
        // Where servers of the TypeScript SDK put it.
        answer.set("id", message.get("id"));
        return answer;
    }

    private JsonNode result(JsonNode message) throws Exception {
        JsonNode parameters = message.path("params");
        return switch (message.path("method").asText()) {
            case "initialize" -> {
                initialized.incrementAndGet();
                greeting.await();
                ObjectNode result = Json.object()
                        .put(
                                "protocolVersion",
                                parameters.path("protocolVersion").asText());
                result.putObject("capabilities").putObject("tools").put("listChanged", true);
                result.putObject("serverInfo").put("name", "fake").put("version", "1");
                yield result;
            }
            case "ping" -> {
                pinged.incrementAndGet();
                yield Json.object();
            }
            case "tools/list" -> {
                listed.incrementAndGet();
                yield list(parameters.path("cursor").asText("0"));
            }
            case "tools/call" -> {
                String name = parameters.path("name").asText();
                Entry entry;
                synchronized (tools) {
                    entry = tools.get("\"" + name + "\"");
                }
                if (entry == null) {
                    throw new IllegalArgumentException("Unknown tool: " + name);
                }
                counts.computeIfAbsent(name, _ -> new AtomicInteger()).incrementAndGet();
                calls.add((ObjectNode) parameters);
                yield entry.body().result((ObjectNode) parameters.path("arguments"));
            }
            default -> throw new IllegalArgumentException("Method not found");
        };
    }

    /** Two on a page. */
    private ObjectNode list(String cursor) {
        ObjectNode result = Json.object();
        ArrayNode page = result.putArray("tools");
        int from = Integer.parseInt(cursor);
        synchronized (tools) {
            List<Entry> all = List.copyOf(tools.values());
            for (int i = from; i < Math.min(all.size(), from + 2); i++) {
                page.add(all.get(i).declared());
            }
            if (from + 2 < all.size()) {
                result.put("nextCursor", Integer.toString(from + 2));
            }
        }
        return result;
    }
}

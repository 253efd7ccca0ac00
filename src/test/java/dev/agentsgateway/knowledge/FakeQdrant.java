package dev.agentsgateway.knowledge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Executors;

/** As much of Qdrant's REST API as the gateway uses, on loopback: it checks what it is sent and searches by cosine. */
final class FakeQdrant implements AutoCloseable {
    static final String KEY = "qdrant-test-key";

    private final HttpServer server;
    private final Map<String, ObjectNode> points = new TreeMap<>();
    private final Set<String> indexes = new TreeSet<>();
    private int size;
    private volatile boolean down;

    FakeQdrant() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** As the reference would have made it. */
    synchronized void create(int dimension) {
        size = dimension;
    }

    synchronized void put(ObjectNode point) {
        points.put(point.get("id").asText(), point);
    }

    synchronized List<ObjectNode> points() {
        return List.copyOf(points.values());
    }

    synchronized Set<String> indexes() {
        return Set.copyOf(indexes);
    }

    void down(boolean now) {
        down = now;
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        int status;
        JsonNode result;
        if (down) {
            status = 503;
            result = null;
        } else if (!KEY.equals(exchange.getRequestHeaders().getFirst("api-key"))) {
            status = 403;
            result = null;
        } else {
            String path = exchange.getRequestMethod() + " " + exchange.getRequestURI();
            try {
                result = answer(path, body.length == 0 ? null : Json.read(new String(body, StandardCharsets.UTF_8)));
                status = result == null ? 404 : 200;
            } catch (IllegalArgumentException e) {
                status = 400;
                result = null;
            }
        }
        ObjectNode answer = Json.object();
        answer.set("result", result);
        if (status == 200) {
            answer.put("status", "ok");
        } else {
            answer.putObject("status").put("error", "status " + status);
        }
        byte[] bytes = answer.toString().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private synchronized JsonNode answer(String request, JsonNode body) {
        String collection = "/collections/unified_knowledge";
        boolean missing = size == 0;
        if (request.equals("PUT " + collection)) {
            check(missing && body.at("/vectors/distance").asText().equals("Cosine"), "distance");
            size = body.at("/vectors/size").asInt();
            return Json.read("true");
        }
        if (missing) {
            return null;
        }
        return switch (request.substring(0, request.indexOf(' '))
                + request.substring(request.indexOf(' ')).replace(" " + collection, " ")) {
            case "GET " ->
                Json.read("{\"config\":{\"params\":{\"vectors\":{\"size\":" + size + ",\"distance\":\"Cosine\"}}}}");
            case "PUT /index?wait=true" -> {
                check(
                        Set.of("keyword", "integer")
                                .contains(body.get("field_schema").asText()),
                        "schema");
                indexes.add(body.get("field_name").asText());
                yield Json.object();
            }
            case "PUT /points?wait=true" -> {
                check(!body.get("points").isEmpty(), "no points");
                body.get("points").forEach(this::upsert);
                yield Json.object();
            }
            case "POST /points/delete?wait=true" -> {
                JsonNode filter = body.get("filter");
                check(filter.get("must").size() >= 2, "deletes must name tenant and file");
                points.values().removeIf(point -> matches(filter, point.get("payload")));
                yield Json.object();
            }
            case "POST /points/query" -> query(body);
            default -> null;
        };
    }

    private void upsert(JsonNode point) {
        UUID.fromString(point.get("id").asText());
        check(point.get("vector").size() == size, "dimension");
        for (String member : List.of("name", "meta_data", "content", "usage", "content_id", "content_hash")) {
            check(point.get("payload").has(member), member);
        }
        points.put(point.get("id").asText(), (ObjectNode) point);
    }

    private static void check(boolean right, String what) {
        if (!right) {
            throw new IllegalArgumentException(what);
        }
    }

    private JsonNode query(JsonNode body) {
        check(body.get("query").size() == size, "dimension");
        check(body.at("/filter/must/0/key").asText().equals("meta_data.tenant_id"), "a query without a tenant");
        List<ObjectNode> found = new ArrayList<>();
        for (ObjectNode point : points.values()) {
            if (matches(body.get("filter"), point.get("payload"))) {
                ObjectNode scored = point.deepCopy();
                scored.put("score", cosine(body.get("query"), point.get("vector")));
                scored.remove("vector");
                found.add(scored);
            }
        }
        found.sort(Comparator.comparing(point -> -point.get("score").asDouble()));
        ArrayNode top = Json.MAPPER.createArrayNode();
        found.stream().limit(body.get("limit").asInt()).forEach(top::add);
        return Json.object().set("points", top);
    }

    private static double cosine(JsonNode a, JsonNode b) {
        double dot = 0;
        double left = 0;
        double right = 0;
        for (int i = 0; i < a.size(); i++) {
            dot += a.get(i).asDouble() * b.get(i).asDouble();
            left += a.get(i).asDouble() * a.get(i).asDouble();
            right += b.get(i).asDouble() * b.get(i).asDouble();
        }
        return dot / Math.sqrt(left * right);
    }

    private static boolean matches(JsonNode filter, JsonNode payload) {
        if (filter.has("key")) {
            return condition(filter, payload);
        }
        return filter.path("must").valueStream().allMatch(one -> matches(one, payload))
                && filter.path("must_not").valueStream().noneMatch(one -> matches(one, payload))
                && (!filter.has("should") || filter.get("should").valueStream().anyMatch(one -> matches(one, payload)));
    }

    private static boolean condition(JsonNode condition, JsonNode payload) {
        JsonNode value = payload;
        for (String name : condition.get("key").asText().split("\\.")) {
            value = value.path(name);
        }
        List<JsonNode> values = new ArrayList<>();
        if (value.isArray()) {
            value.forEach(values::add);
        } else {
            values.add(value);
        }
        if (condition.has("range")) {
            return values.stream()
                    .anyMatch(one -> one.isNumber()
                            && one.asDouble() >= condition.at("/range/gte").asDouble()
                            && one.asDouble() <= condition.at("/range/lte").asDouble());
        }
        JsonNode wanted = condition.at("/match/value");
        check(wanted.isTextual() || wanted.isIntegralNumber() || wanted.isBoolean(), "match");
        return values.stream()
                .anyMatch(one -> wanted.isIntegralNumber()
                        ? one.isNumber() && one.decimalValue().compareTo(wanted.decimalValue()) == 0
                        : one.equals(wanted));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

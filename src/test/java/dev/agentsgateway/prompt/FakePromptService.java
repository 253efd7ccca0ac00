package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The external prompt service of {@code contract/resources.md} 9.4. */
final class FakePromptService implements AutoCloseable {
    final Map<String, ObjectNode> prompts = new ConcurrentSkipListMap<>();
    final FakeServer server = new FakeServer(this::answer);

    /** What every request must show, null for nothing. */
    volatile String token;

    /** The status of every POST, 0 for a success. */
    volatile int posts;

    void put(String name, String template) {
        prompts.put(name, Json.object().put("name", name).put("template", template));
    }

    String base() {
        return server.url() + "/api/prompts";
    }

    private FakeServer.Reply answer(FakeServer.Request request) {
        if (token != null && !("Bearer " + token).equals(request.authorization())) {
            return new FakeServer.Reply(401, "{}");
        }
        if (!request.path().startsWith("/api/prompts")) {
            return new FakeServer.Reply(404, "{}");
        }
        String rest = request.path().substring("/api/prompts".length());
        String name = URLDecoder.decode(rest.replaceFirst("^/", ""), StandardCharsets.UTF_8);
        return switch (request.method()) {
            case "GET" -> rest.isEmpty() ? list() : one(prompts.get(name));
            case "POST" -> post(request.body());
            case "DELETE" -> one(prompts.remove(name));
            default -> new FakeServer.Reply(405, "{}");
        };
    }

    private FakeServer.Reply list() {
        ObjectNode answer = Json.object();
        ArrayNode names = answer.putArray("prompts");
        prompts.keySet().forEach(names::add);
        return FakeServer.Reply.of(200, answer);
    }

    private static FakeServer.Reply one(ObjectNode prompt) {
        return prompt == null ? new FakeServer.Reply(404, "{}") : FakeServer.Reply.of(200, prompt);
    }

    private FakeServer.Reply post(JsonNode body) {
        if (posts != 0) {
            return new FakeServer.Reply(posts, "{}");
        }
        ObjectNode prompt = Json.object().put("name", body.get("name").textValue());
        prompt.put("template", body.get("raw_template").textValue());
        for (String member : new String[] {"description", "tags", "tools"}) {
            prompt.set(member, body.get(member));
        }
        prompts.put(body.get("name").textValue(), prompt);
        return new FakeServer.Reply(201, "");
    }

    @Override
    public void close() {
        server.close();
    }
}

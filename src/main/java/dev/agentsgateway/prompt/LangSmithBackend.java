package dev.agentsgateway.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * LangSmith's prompt hub over its REST API ({@code contract/resources.md} 9.5), in the workspace of the key. A prompt is a
 * chat template of one human message in f-string syntax, as the reference pushes it; description and tags are the
 * repository's. Name and tools stay with the copy.
 */
final class LangSmithBackend implements PromptBackend {
    private static final int PAGE = 100;
    private static final int MOST_PAGES = 100;

    private final PromptHttp http;
    private final String base;
    private final Map<String, String> headers;

    /** @param base without a slash at its end */
    LangSmithBackend(PromptHttp http, String base, String apiKey) {
        this.http = http;
        this.base = base;
        this.headers = Map.of("x-api-key", apiKey);
    }

    @Override
    public String name() {
        return "langsmith";
    }

    @Override
    public List<String> ids() {
        List<String> ids = new ArrayList<>();
        for (int page = 0; page < MOST_PAGES; page++) {
            JsonNode repos = http.json(call(
                            "GET",
                            "/repos/?limit=" + PAGE + "&offset=" + page * PAGE + "&is_archived=false&is_public=false",
                            null))
                    .path("repos");
            repos.forEach(repo -> ids.add(repo.path("repo_handle").asText()));
            if (repos.size() < PAGE) {
                break;
            }
        }
        ids.removeIf(id -> id.isEmpty() || id.length() > 255);
        return ids;
    }

    @Override
    public Optional<PromptContent> pull(String id) {
        PromptHttp.Reply latest = call("GET", commits(id) + "/latest", null);
        if (latest.status() == 404) {
            return Optional.empty();
        }
        String template = template(http.json(latest).path("manifest"));
        if (template == null) {
            throw BackendException.refused("LangSmith answered a prompt without a text.");
        }
        PromptHttp.Reply reply = call("GET", repo(id), null);
        if (reply.status() == 404) {
            return Optional.empty();
        }
        JsonNode answer = http.json(reply);
        JsonNode repo = answer.has("repo") ? answer.get("repo") : answer;
        String description = repo.path("description").asText("");
        List<String> tags = new ArrayList<>();
        repo.path("tags").forEach(tag -> tags.add(tag.asText()));
        return Optional.of(new PromptContent(null, template, description.isEmpty() ? null : description, tags, null));
    }

    @Override
    public boolean create(String id, PromptContent content) {
        ObjectNode body =
                metadata(content).put("repo_handle", id).put("readme", "").put("is_public", false);
        PromptHttp.Reply reply = call("POST", "/repos/", body);
        if (reply.status() == 409) {
            return false;
        }
        http.checkWritten(reply);
        try {
            push(id, content, null);
        } catch (BackendException e) {
            deleteQuietly(id);
            throw e;
        }
        return true;
    }

    /** A repository without a commit is no prompt, and in the way of the next try. */
    private void deleteQuietly(String id) {
        try {
            delete(id);
        } catch (BackendException e) {
            // It is logged; the failure that led here is the one to tell of.
        }
    }

    @Override
    public void replace(String id, PromptContent content) {
        JsonNode newest = http.json(call("GET", commits(id) + "/?limit=1&offset=0", null));
        push(id, content, newest.at("/commits/0/commit_hash").asText(null));
        http.checkWritten(call("PATCH", repo(id), metadata(content)));
    }

    @Override
    public void delete(String id) {
        PromptHttp.Reply reply = call("DELETE", repo(id), null);
        if (reply.status() != 404) {
            http.checkWritten(reply);
        }
    }

    private void push(String id, PromptContent content, String parent) {
        ObjectNode commit = Json.object().put("parent_commit", parent);
        commit.set("manifest", manifest(content.template()));
        PromptHttp.Reply reply = call("POST", commits(id), commit);
        // The hub refuses a commit that changes nothing, which is as good as one.
        if (reply.status() != 409) {
            http.checkWritten(reply);
        }
    }

    private static ObjectNode metadata(PromptContent content) {
        ObjectNode metadata =
                Json.object().put("description", content.description() == null ? "" : content.description());
        ArrayNode tags = metadata.putArray("tags");
        PromptContent.orEmpty(content.tags()).forEach(tags::add);
        return metadata;
    }

    /** As LangChain serialises a chat template of one human message. */
    static ObjectNode manifest(String template) {
        ArrayNode variables = Json.MAPPER.createArrayNode();
        new TemplateVariables(template).names().forEach(variables::add);
        ObjectNode text = constructor("prompt", "PromptTemplate");
        ObjectNode textArguments = (ObjectNode) text.get("kwargs");
        textArguments.set("input_variables", variables);
        textArguments.put("template", template).put("template_format", "f-string");
        ObjectNode message = constructor("chat", "HumanMessagePromptTemplate");
        ((ObjectNode) message.get("kwargs")).set("prompt", text);
        ObjectNode chat = constructor("chat", "ChatPromptTemplate");
        ObjectNode chatArguments = (ObjectNode) chat.get("kwargs");
        chatArguments.set("input_variables", variables);
        chatArguments.putArray("messages").add(message);
        return chat;
    }

    private static ObjectNode constructor(String module, String type) {
        ObjectNode node = Json.object().put("lc", 1).put("type", "constructor");
        node.putArray("id").add("langchain").add("prompts").add(module).add(type);
        node.putObject("kwargs");
        return node;
    }

    /** The text of the first message, or the template of a prompt that is no chat; null when there is neither. */
    private static String template(JsonNode manifest) {
        for (String place : List.of(
                "/kwargs/messages/0/kwargs/prompt/kwargs/template",
                "/kwargs/messages/0/kwargs/prompt/0/kwargs/template",
                "/kwargs/messages/0/kwargs/content",
                "/kwargs/template")) {
            if (manifest.at(place).isTextual()) {
                return manifest.at(place).textValue();
            }
        }
        return null;
    }

    private static String repo(String id) {
        return "/repos/-/" + PromptHttp.encoded(id);
    }

    private static String commits(String id) {
        return "/commits/-/" + PromptHttp.encoded(id);
    }

    private PromptHttp.Reply call(String method, String path, JsonNode body) {
        return http.sendJson(method, URI.create(base + path), headers, body);
    }

    @Override
    public void close() {
        http.close();
    }
}

package dev.agentsgateway.prompt;

import static dev.agentsgateway.app.Answers.assertDetail;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.common.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway whose prompts are in LangSmith ({@code contract/resources.md} 9.5). */
class LangSmithBackendTest {
    private final Map<String, Repo> repos = new ConcurrentSkipListMap<>();
    private final FakeServer langSmith = new FakeServer(this::answer);
    private boolean refusesCommits;
    private TestGateway gateway;

    private record Repo(ObjectNode metadata, List<ObjectNode> commits) {}

    @BeforeEach
    void start() {
        gateway = TestGateway.start(Map.of(
                "PROMPT_STORAGE_BACKEND",
                "langsmith",
                "LANGCHAIN_API_KEY",
                "ls-key",
                "LANGSMITH_ENDPOINT",
                langSmith.url()));
    }

    @AfterEach
    void stop() {
        gateway.close();
        langSmith.close();
    }

    private synchronized FakeServer.Reply answer(FakeServer.Request request) {
        if (!"ls-key".equals(request.apiKey())) {
            return new FakeServer.Reply(401, "{}");
        }
        String path = request.path();
        String method = request.method();
        if (path.startsWith("/repos/?")) {
            assertThat(path).isEqualTo("/repos/?limit=100&offset=0&is_archived=false&is_public=false");
            ObjectNode list = Json.object().put("total", repos.size());
            ArrayNode all = list.putArray("repos");
            repos.values().forEach(repo -> all.add(repo.metadata()));
            return FakeServer.Reply.of(200, list);
        }
        if (method.equals("POST") && path.equals("/repos/")) {
            ObjectNode body = (ObjectNode) request.body();
            Repo made = new Repo(body, new ArrayList<>());
            return repos.putIfAbsent(body.get("repo_handle").textValue(), made) == null
                    ? FakeServer.Reply.of(200, Json.object().set("repo", body))
                    : new FakeServer.Reply(409, "{}");
        }
        String[] parts = path.split("[/?]");
        Repo repo = parts.length > 3 && parts[2].equals("-") ? repos.get(parts[3]) : null;
        if (repo == null) {
            return new FakeServer.Reply(404, "{}");
        }
        return parts[1].equals("repos") ? repo(request, repo, parts[3]) : commits(request, repo);
    }

    private FakeServer.Reply repo(FakeServer.Request request, Repo repo, String name) {
        switch (request.method()) {
            case "PATCH" -> repo.metadata().setAll((ObjectNode) request.body());
            case "DELETE" -> repos.remove(name);
            default -> assertThat(request.method()).isEqualTo("GET");
        }
        return FakeServer.Reply.of(200, Json.object().set("repo", repo.metadata()));
    }

    private FakeServer.Reply commits(FakeServer.Request request, Repo repo) {
        JsonNode newest = repo.commits().isEmpty() ? null : repo.commits().getLast();
        if (request.method().equals("POST")) {
            JsonNode parent = request.body().get("parent_commit");
            boolean fits =
                    newest == null ? parent.isNull() : newest.get("commit_hash").equals(parent);
            if (!fits || refusesCommits) {
                return new FakeServer.Reply(422, "{}");
            }
            ObjectNode commit =
                    Json.object().put("commit_hash", "c" + (repo.commits().size() + 1));
            commit.set("manifest", request.body().get("manifest"));
            repo.commits().add(commit);
            return FakeServer.Reply.of(200, Json.object().set("commit", commit));
        }
        if (request.path().endsWith("/latest")) {
            return newest == null ? new FakeServer.Reply(404, "{}") : FakeServer.Reply.of(200, newest);
        }
        assertThat(request.path()).endsWith("/?limit=1&offset=0");
        ObjectNode page = Json.object().put("total", repo.commits().size());
        ArrayNode commits = page.putArray("commits");
        if (newest != null) {
            commits.add(newest);
        }
        return FakeServer.Reply.of(200, page);
    }

    private static ObjectNode body(String id, String template) {
        ObjectNode body = Json.object().put("id", id).put("name", "The Name").put("template", template);
        body.put("description", "What it is for").putArray("tags").add("t1");
        body.putArray("tools").addObject().put("name", "f");
        return body;
    }

    @Test
    void pushesAChatTemplateOfOneHumanMessageWithDescriptionAndTags() {
        JsonNode created = gateway.post("/v2/prompts", body("greeter", "Hello {name}, good day."))
                .json();
        assertThat(created.get("version").asInt()).isEqualTo(1);
        Repo repo = repos.get("greeter");
        assertThat(repo.metadata().toString())
                .isEqualTo("{\"description\":\"What it is for\",\"tags\":[\"t1\"],\"repo_handle\":\"greeter\","
                        + "\"readme\":\"\",\"is_public\":false}");
        assertThat(repo.commits().getLast().get("manifest")).isEqualTo(Json.read("""
                {"lc":1,"type":"constructor","id":["langchain","prompts","chat","ChatPromptTemplate"],"kwargs":
                 {"input_variables":["name"],"messages":[{"lc":1,"type":"constructor",
                  "id":["langchain","prompts","chat","HumanMessagePromptTemplate"],"kwargs":{"prompt":
                   {"lc":1,"type":"constructor","id":["langchain","prompts","prompt","PromptTemplate"],"kwargs":
                    {"input_variables":["name"],"template":"Hello {name}, good day.","template_format":"f-string"}}}}]}}
                """));

        ObjectNode change = Json.object().put("template", "Good evening {name}.");
        change.putArray("tags").add("t2");
        assertThat(gateway.put("/v2/prompts/greeter", change).status()).isEqualTo(200);
        assertThat(repo.commits()).hasSize(2);
        assertThat(repo.metadata().get("tags").toString()).isEqualTo("[\"t2\"]");
        assertThat(repo.metadata().get("description").asText()).isEqualTo("What it is for");
        JsonNode read = gateway.get("/v2/prompts/greeter").json();
        assertThat(read.get("name").asText()).as("kept here").isEqualTo("The Name");
        assertThat(read.get("tools")).hasSize(1);
        assertDetail(
                gateway.post("/v2/prompts", body("greeter", "Hello again.")),
                409,
                "Prompt with id 'greeter' already exists");

        assertThat(gateway.delete("/v2/prompts/greeter").status()).isEqualTo(200);
        assertThat(repos).isEmpty();
    }

    @Test
    void pullsWhatOthersPushed() {
        ObjectNode commit = Json.object().put("commit_hash", "abc");
        commit.set("manifest", LangSmithBackend.manifest("Pushed by {somebody} else."));
        ObjectNode metadata = Json.object().put("repo_handle", "theirs").put("description", "");
        metadata.putArray("tags").add("their-tag");
        repos.put("theirs", new Repo(metadata, new ArrayList<>(List.of(commit))));
        JsonNode pulled = gateway.get("/v2/prompts/theirs").json();
        assertThat(pulled.get("template").asText()).isEqualTo("Pushed by {somebody} else.");
        assertThat(pulled.get("name").asText()).isEqualTo("theirs");
        assertThat(pulled.get("description").isNull()).isTrue();
        assertThat(pulled.get("tags").toString()).isEqualTo("[\"their-tag\"]");
        assertThat(gateway.get("/v2/prompts").json().get("prompts").findValuesAsText("id"))
                .containsExactly("theirs");
        langSmith.failing = 500;
        gateway.admin("POST", "/admin/cache/invalidate/prompts?prompt_id=theirs", null);
        TestGateway.Answer stale = gateway.get("/v2/prompts/theirs");
        assertThat(stale.json().get("template").asText()).isEqualTo("Pushed by {somebody} else.");
        assertThat(stale.header("X-Prompt-Stale")).isPresent();
    }

    @Test
    void aRefusedCommitLeavesNoRepository() {
        refusesCommits = true;
        assertDetail(
                gateway.post("/v2/prompts", body("half", "Never to be seen.")),
                500,
                "Failed to create prompt: LangSmith refused it (422)");
        assertThat(repos).isEmpty();
        assertThat(gateway.get("/v2/prompts/half").status()).isEqualTo(404);
    }
}

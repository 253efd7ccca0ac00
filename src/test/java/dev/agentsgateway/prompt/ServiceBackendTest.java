package dev.agentsgateway.prompt;

import static dev.agentsgateway.app.Answers.assertDetail;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway whose prompts are in an external service ({@code contract/resources.md} 9.4). */
class ServiceBackendTest {
    private final FakePromptService service = new FakePromptService();
    private TestGateway gateway;

    @BeforeEach
    void start() {
        service.put("greeter", "Hello from the service.");
        gateway = TestGateway.start(variables());
        await(() -> has(gateway, "greeter"));
    }

    @AfterEach
    void stop() {
        gateway.close();
        service.close();
    }

    private Map<String, String> variables() {
        return Map.of("PROMPT_STORAGE_BACKEND", "Service", "SERVICE_PROMPTS", service.base() + "/");
    }

    private static boolean has(TestGateway gateway, String id) {
        return gateway.get("/v2/prompts")
                .json()
                .get("prompts")
                .findValuesAsText("id")
                .contains(id);
    }

    static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void refresh() {
        long before = refreshes() + errors();
        gateway.admin("POST", "/admin/cache/refresh", null);
        await(() -> refreshes() + errors() > before);
    }

    private long refreshes() {
        return statistic("full_refreshes");
    }

    private long errors() {
        return statistic("load_errors");
    }

    private long statistic(String name) {
        return gateway.admin("GET", "/admin/cache/status", null)
                .json()
                .at("/statistics/" + name)
                .asLong();
    }

    @Test
    void whatTheServiceHasIsShownAndLocalPromptsAreNot() {
        JsonNode list = gateway.get("/v2/prompts").json();
        assertThat(list.get("prompts").findValuesAsText("id")).containsExactly("greeter");
        JsonNode prompt = gateway.get("/v2/prompts/greeter").json();
        assertThat(prompt.get("template").asText()).isEqualTo("Hello from the service.");
        assertThat(prompt.get("tags")).isEmpty();
        service.put("made/by ö", "Made by somebody else.");
        assertThat(gateway.get("/v2/prompts/made").status()).isEqualTo(404);
        service.put("by ö?", "Made by somebody else.");
        assertThat(gateway.get("/v2/prompts/by%20%C3%B6%3F")
                        .json()
                        .get("template")
                        .asText())
                .isEqualTo("Made by somebody else.");
        assertThat(service.server.requests())
                .anySatisfy(request -> assertThat(request.path()).isEqualTo("/api/prompts/by%20%C3%B6%3F"));
    }

    @Test
    void writesAreOfBothOrOfNone() {
        ObjectNode body =
                Json.object().put("id", "new").put("name", "Shown Name").put("template", "Ten characters.  ");
        body.putArray("tags").add("t");
        body.putArray("tools")
                .addObject()
                .put("name", "f")
                .putObject("parameters")
                .put("x", 1);
        JsonNode created = gateway.post("/v2/prompts", body).json();
        assertThat(created.get("name").asText()).isEqualTo("Shown Name");
        assertThat(service.server.requests("POST").getLast().body().toString())
                .isEqualTo("{\"name\":\"new\",\"raw_template\":\"Ten characters.\",\"description\":null,"
                        + "\"tags\":[\"t\"],\"tools\":[{\"name\":\"f\",\"parameters\":{\"x\":1}}]}");
        refresh();
        assertThat(gateway.get("/v2/prompts/new").json())
                .as("tools and name survive a refresh")
                .isEqualTo(created);
        assertDetail(gateway.post("/v2/prompts", body), 409, "Prompt with id 'new' already exists");

        gateway.put("/v2/prompts/new", Json.object().put("template", "Another ten."));
        assertThat(service.prompts.get("new").get("template").asText()).isEqualTo("Another ten.");
        assertThat(service.prompts.get("new").get("tags").toString()).isEqualTo("[\"t\"]");

        service.posts = 409;
        TestGateway.Answer refused =
                gateway.put("/v2/prompts/new", Json.object().put("template", "Never stored."));
        assertDetail(refused, 500, "Failed to update prompt: The prompt service refused it (409)");
        service.posts = 500;
        TestGateway.Answer away = gateway.put("/v2/prompts/new", Json.object().put("template", "Never stored."));
        assertDetail(away, 503, "The prompt service answered 500. Nothing was changed; try again.");
        assertThat(away.header("Retry-After")).contains("10");
        service.posts = 0;
        assertThat(gateway.get("/v2/prompts/new").json().get("template").asText())
                .isEqualTo("Another ten.");
        assertThat(gateway.get("/v2/prompts/new/versions").json().get("versions"))
                .hasSize(2);

        assertThat(gateway.delete("/v2/prompts/new").status()).isEqualTo(200);
        assertThat(service.prompts).doesNotContainKey("new");
        assertThat(gateway.get("/v2/prompts/new").status()).isEqualTo(404);
    }

    @Test
    void aChangeIsMadeToWhatTheServiceHasNow() {
        assertThat(gateway.get("/v2/prompts/greeter").status()).isEqualTo(200);
        service.put("greeter", "Changed behind our back.");
        JsonNode changed = gateway.put("/v2/prompts/greeter", Json.object().put("description", "D"))
                .json();
        assertThat(changed.get("template").asText()).isEqualTo("Changed behind our back.");
        assertThat(changed.get("version").asInt()).isEqualTo(3);
        JsonNode versions = gateway.get("/v2/prompts/greeter/versions").json().get("versions");
        assertThat(versions).hasSize(3);
        assertThat(versions.at("/1/created_by_key").isNull())
                .as("seen, made by nobody we know")
                .isTrue();
        assertThat(gateway.post("/v2/prompts/greeter/versions/1/restore", Json.object())
                        .json()
                        .get("version")
                        .asInt())
                .isEqualTo(4);
        assertThat(service.prompts.get("greeter").get("template").asText()).isEqualTo("Hello from the service.");
    }

    @Test
    void aRefreshSeesWhatWasChangedAddedAndRemoved() {
        service.put("gone", "Here for a short while.");
        refresh();
        assertThat(has(gateway, "gone")).isTrue();
        service.put("greeter", "Changed at the service.");
        service.put("added", "Added at the service.");
        service.prompts.remove("gone");
        refresh();
        assertThat(gateway.get("/v2/prompts/greeter").json().get("template").asText())
                .isEqualTo("Changed at the service.");
        assertThat(has(gateway, "added")).isTrue();
        assertThat(has(gateway, "gone")).isFalse();
        assertThat(gateway.get("/v2/prompts/gone").status()).isEqualTo(404);
    }

    @Test
    void anOutageServesTheLastKnownCopyAndSaysSo() {
        assertThat(gateway.get("/v2/prompts/greeter").header("X-Prompt-Stale")).isEmpty();
        service.server.failing = 503;
        gateway.admin("POST", "/admin/cache/invalidate/prompts", null);
        TestGateway.Answer stale = gateway.get("/v2/prompts/greeter");
        assertThat(stale.status()).isEqualTo(200);
        assertThat(stale.json().get("template").asText()).isEqualTo("Hello from the service.");
        assertThat(Integer.parseInt(stale.header("X-Prompt-Stale").orElseThrow()))
                .isBetween(0, 60);
        assertThat(gateway.get("/v2/prompts").header("X-Prompt-Stale")).isPresent();
        assertDetail(
                gateway.post(
                        "/v2/prompts",
                        Json.object().put("id", "x").put("name", "X").put("template", "Ten characters.")),
                503,
                "The prompt service answered 503. Nothing was changed; try again.");
        assertThat(gateway.delete("/v2/prompts/greeter").status()).isEqualTo(503);
        try (TestGateway restarted = gateway.replica()) {
            TestGateway.Answer after = restarted.get("/v2/prompts/greeter");
            assertThat(after.json().get("template").asText()).isEqualTo("Hello from the service.");
            assertThat(after.header("X-Prompt-Stale"))
                    .as("a process that began in the outage")
                    .isPresent();
        }
        service.server.failing = 0;
        refresh();
        assertThat(gateway.get("/v2/prompts/greeter").header("X-Prompt-Stale")).isEmpty();
    }

    @Test
    void agentsUseItsPrompts() {
        gateway.createAgent("desk", "Only at the service.");
        assertThat(service.prompts.get("desk").get("template").asText()).isEqualTo("Only at the service.");
        service.put("desk", "Changed at the service.");
        refresh();
        gateway.model().reply(Reply.text("ok"));
        service.server.failing = 503;
        assertThat(gateway.chat("desk", "Hi", body -> body.put("stream", false)).status())
                .as("a chat does not need the service")
                .isEqualTo(200);
        assertThat(gateway.model()
                        .requests()
                        .getLast()
                        .body()
                        .at("/messages/0/content")
                        .asText())
                .isEqualTo("Changed at the service.");
        service.server.failing = 0;
        gateway.patch("/v2/agents/desk", Json.object().put("template", "Patched with the agent."));
        assertThat(service.prompts.get("desk").get("template").asText()).isEqualTo("Patched with the agent.");
        gateway.delete("/v2/agents/desk");
        assertThat(service.prompts).doesNotContainKey("desk");
    }

    @Test
    void aChangeThatIsRefusedDoesNotReachTheService() {
        gateway.createAgent("pinned", "As it is at the service.");
        int written = service.server.requests("POST").size();
        ObjectNode change = Json.object().put("template", "Never to be seen.");
        change.putObject("config").put("prompt_version", 99);
        assertThat(gateway.patch("/v2/agents/pinned", change).status()).isEqualTo(422);
        assertThat(service.server.requests("POST")).hasSize(written);
    }

    @Test
    void anAgentWhosePromptCameLaterFindsIt() {
        gateway.model().reply(Reply.text("ok"));
        service.put("demo-assistant", "The service's own demo.");
        assertThat(gateway.chat("demo-assistant", "Hi", body -> body.put("stream", false))
                        .status())
                .isEqualTo(200);
        assertThat(gateway.model()
                        .requests()
                        .getLast()
                        .body()
                        .at("/messages/0/content")
                        .asText())
                .isEqualTo("The service's own demo.");
    }

    @Test
    void oneReplicaReadsForEachMarkOfTheClock() {
        PromptConfig config = PromptConfig.of(variables());
        try (PromptService one = new PromptService(gateway.database(), config, Clock.systemUTC());
                PromptService other = new PromptService(gateway.database(), config, Clock.systemUTC())) {
            Instant mark = Instant.parse("2030-01-01T10:15:00Z");
            service.put("greeter", "Changed before the mark.");
            long before = lists();
            one.refresh().refresh(mark);
            other.refresh().refresh(mark);
            assertThat(lists()).isEqualTo(before + 1);
            assertThat(other.cache().size()).as("filled from the copies").isEqualTo(1);
            assertThat(other.prompts().find("greeter").orElseThrow().prompt().template())
                    .isEqualTo("Changed before the mark.");

            Instant next = mark.plusSeconds(900);
            service.server.failing = 500;
            assertThatThrownBy(() -> one.refresh().refresh(next)).isInstanceOf(BackendException.class);
            assertThat(one.cache().size()).as("the last known copies").isEqualTo(1);
            service.server.failing = 0;
            before = lists();
            other.refresh().refresh(next);
            assertThat(lists()).as("taken over from the one that failed").isEqualTo(before + 1);
            assertThat(one.prompts().find("greeter").orElseThrow().staleSeconds())
                    .as("confirmed by the other since")
                    .isNull();
        }
    }

    private long lists() {
        return service.server.requests("GET").stream()
                .filter(request -> request.path().equals("/api/prompts"))
                .count();
    }

    @Test
    void aPromptThatCannotBeStoredKeepsNothingElseAway() {
        service.put("bad", "With a NUL: \0 in it.");
        service.put("good", "Without one of those.");
        refresh();
        assertThat(has(gateway, "good")).isTrue();
        assertThat(gateway.get("/v2/prompts/bad").status()).isEqualTo(404);
        assertThat(errors()).isEqualTo(1);
    }

    @Test
    void goingBackToPostgresLosesNothing() {
        assertThat(gateway.get("/v2/prompts/demo-assistant").status())
                .as("only in the table")
                .isEqualTo(404);
        service.put("demo-assistant", "The service's own demo.");
        assertThat(gateway.get("/v2/prompts/demo-assistant")
                        .json()
                        .get("version")
                        .asInt())
                .isEqualTo(2);
        try (TestGateway local = TestGateway.startOn(gateway.databaseSettings(), Map.of())) {
            assertThat(local.get("/v2/prompts/greeter").json().get("template").asText())
                    .isEqualTo("Hello from the service.");
            assertThat(local.get("/v2/prompts/demo-researcher").status()).isEqualTo(200);
            assertThat(local.post("/v2/prompts/demo-assistant/versions/1/restore", Json.object())
                            .json()
                            .get("template")
                            .asText())
                    .startsWith("You are a friendly");
            local.model().close();
        }
    }
}

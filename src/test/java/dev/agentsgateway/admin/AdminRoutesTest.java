package dev.agentsgateway.admin;

import static dev.agentsgateway.app.Answers.assertDetail;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.common.Json;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code contract/resources.md} 6.2 and 6.3, over real HTTP. */
class AdminRoutesTest {
    private TestGateway gateway;

    @BeforeEach
    void start() throws InterruptedException {
        gateway = TestGateway.start();
        await(() -> status().get("is_initialized").asBoolean());
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.sleep(10);
        }
    }

    private JsonNode status() {
        return gateway.admin("GET", "/admin/cache/status", null).json();
    }

    private long statistic(String name) {
        return status().at("/statistics/" + name).asLong();
    }

    private String template(TestGateway replica) {
        return replica.get("/v2/prompts/cached").json().path("template").asText();
    }

    private void create() {
        gateway.post(
                "/v2/prompts",
                Json.object().put("id", "cached").put("name", "C").put("template", "The first template."));
    }

    @Test
    void statsAndStatusHaveTheReferencesShapes() {
        int size = status().get("cache_size").asInt();
        assertThat(size).as("the samples are loaded").isGreaterThan(5);
        assertThat(gateway.admin("GET", "/admin/cache/stats", null).body())
                .isEqualTo("{\"prompt_cache\":{\"size\":" + size + ",\"maxsize\":1000,\"ttl\":3600,\"currsize\":" + size
                        + "}}");
        JsonNode status = status();
        assertThat(status.fieldNames())
                .toIterable()
                .containsExactly(
                        "is_initialized",
                        "initialization_time",
                        "last_refresh_time",
                        "next_refresh_time",
                        "seconds_until_next_refresh",
                        "cache_size",
                        "cache_maxsize",
                        "cache_ttl_seconds",
                        "refresh_interval_seconds",
                        "refresh_pattern",
                        "statistics");
        assertThat(status.get("refresh_pattern").asText())
                .isEqualTo("synchronized at 0, 15, 30, 45 minutes of each hour");
        assertThat(status.get("statistics").fieldNames())
                .toIterable()
                .containsExactly(
                        "total_prompts_loaded",
                        "cache_hits",
                        "cache_misses",
                        "full_refreshes",
                        "partial_refreshes",
                        "load_errors",
                        "prompts_updated",
                        "prompts_skipped_unchanged");
        assertThat(status.get("initialization_time").isTextual()).isTrue();
        assertThat(status.get("last_refresh_time").isNull()).isTrue();
        assertThat(status.get("seconds_until_next_refresh").asInt()).isBetween(1, 900);
        Instant next =
                LocalDateTime.parse(status.get("next_refresh_time").asText()).toInstant(ZoneOffset.UTC);
        assertThat(next.getEpochSecond() % 900).isZero();
        assertThat(next).isBetween(Instant.now(), Instant.now().plusSeconds(900));
        assertThat(statistic("total_prompts_loaded")).isEqualTo(size);
    }

    @Test
    void hitsAndMissesAreCounted() throws InterruptedException {
        create();
        // The notice of the write may come after the first reads.
        await(() -> {
            long hits = statistic("cache_hits");
            assertThat(template(gateway)).isEqualTo("The first template.");
            return statistic("cache_hits") == hits + 1;
        });
        gateway.admin("POST", "/admin/cache/invalidate/prompts?prompt_id=cached", null);
        long misses = statistic("cache_misses");
        assertThat(template(gateway)).isEqualTo("The first template.");
        assertThat(statistic("cache_misses")).isEqualTo(misses + 1);
    }

    @Test
    void writesAreSeenOnEveryReplica() throws InterruptedException {
        create();
        try (TestGateway replica = gateway.replica()) {
            assertThat(template(replica)).isEqualTo("The first template.");
            gateway.put("/v2/prompts/cached", Json.object().put("template", "The second template."));
            assertThat(template(gateway)).as("at once where it was written").isEqualTo("The second template.");
            await(() -> template(replica).equals("The second template."));
            gateway.database().with(handle -> handle.execute("""
                    UPDATE prompts.prompts SET template = 'Written with psql.', version = version + 1
                    WHERE id = 'cached'
                    """));
            await(() -> template(replica).equals("Written with psql."));
            await(() -> template(gateway).equals("Written with psql."));
            replica.delete("/v2/prompts/cached");
            await(() -> gateway.get("/v2/prompts/cached").status() == 404);
        }
    }

    @Test
    void invalidatingForgetsOneOrAllOnEveryReplica() throws InterruptedException {
        create();
        try (TestGateway replica = gateway.replica()) {
            await(() -> replica.admin("GET", "/admin/cache/status", null)
                    .json()
                    .get("is_initialized")
                    .asBoolean());
            template(gateway);
            int before = status().get("cache_size").asInt();
            assertThat(gateway.admin("POST", "/admin/cache/invalidate/prompts?prompt_id=cached", null)
                            .body())
                    .isEqualTo("{\"status\":\"success\",\"message\":\"Prompt cache invalidated for cached\"}");
            assertThat(status().get("cache_size").asInt()).isEqualTo(before - 1);
            assertThat(gateway.admin("POST", "/admin/cache/invalidate/prompts", null)
                            .body())
                    .isEqualTo("{\"status\":\"success\",\"message\":\"All prompt caches invalidated\"}");
            JsonNode status = status();
            assertThat(status.get("cache_size").asInt()).isZero();
            assertThat(status.get("is_initialized").asBoolean()).isFalse();
            assertThat(status.get("initialization_time").isTextual()).isTrue();
            await(() -> replica.admin("GET", "/admin/cache/status", null)
                            .json()
                            .get("cache_size")
                            .asInt()
                    == 0);
        }
    }

    @Test
    void reloadAndRefreshWorkInTheBackground() throws InterruptedException {
        create();
        gateway.admin("POST", "/admin/cache/invalidate/prompts", null);
        assertThat(gateway.admin("POST", "/admin/cache/reload", null).body())
                .isEqualTo("{\"status\":\"success\",\"message\":\"Cache reload initiated in background\"}");
        await(() -> status().get("is_initialized").asBoolean()
                && status().get("cache_size").asInt() > 5);
        long updated = statistic("prompts_updated");
        assertThat(gateway.admin("POST", "/admin/cache/refresh", null).body())
                .isEqualTo("{\"status\":\"success\",\"message\":\"Cache refresh initiated in background\"}");
        await(() -> statistic("full_refreshes") == 1);
        assertThat(statistic("prompts_updated")).isEqualTo(updated);
        assertThat(statistic("prompts_skipped_unchanged"))
                .isGreaterThanOrEqualTo(status().get("cache_size").asLong());
        assertThat(status().get("last_refresh_time").isTextual()).isTrue();
        assertThat(statistic("load_errors")).isZero();
    }

    @Test
    void aFailedRefreshIsCounted() throws InterruptedException {
        gateway.database().with(handle -> handle.execute("ALTER TABLE prompts.prompts RENAME TO hidden"));
        gateway.admin("POST", "/admin/cache/refresh", null);
        await(() -> statistic("load_errors") == 1);
        assertThat(statistic("full_refreshes")).isZero();
    }

    @Test
    void theRealTasksAreListedAndCanBeCancelled() {
        JsonNode answer = gateway.admin("GET", "/admin/background-tasks", null).json();
        assertThat(answer.fieldNames()).toIterable().containsExactly("tasks", "total_tasks");
        assertThat(answer.get("total_tasks").asInt())
                .isEqualTo(answer.get("tasks").size());
        JsonNode refresh = answer.at("/tasks/prompt-refresh");
        assertThat(refresh.fieldNames())
                .toIterable()
                .containsExactly(
                        "interval_seconds",
                        "created_at",
                        "last_run",
                        "next_run",
                        "run_count",
                        "error_count",
                        "last_error",
                        "is_running",
                        "is_cancelled");
        assertThat(refresh.get("interval_seconds").toString()).isEqualTo("900");
        assertThat(refresh.get("is_running").asBoolean()).isTrue();
        assertThat(refresh.get("last_run").isNull()).isTrue();
        assertThat(answer.at("/tasks/idempotency-keys/interval_seconds").asInt())
                .isEqualTo(60);
        assertThat(gateway.admin("POST", "/admin/background-tasks/prompt-refresh/cancel", null)
                        .body())
                .isEqualTo("{\"status\":\"success\",\"message\":\"Task 'prompt-refresh' cancelled successfully\"}");
        assertDetail(
                gateway.admin("POST", "/admin/background-tasks/prompt-refresh/cancel", null),
                404,
                "Task 'prompt-refresh' not found");
        assertThat(gateway.admin("GET", "/admin/background-tasks", null)
                        .json()
                        .get("tasks")
                        .has("prompt-refresh"))
                .isFalse();
    }
}

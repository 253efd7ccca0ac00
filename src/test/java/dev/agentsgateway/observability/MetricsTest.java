package dev.agentsgateway.observability;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.metrics.PoolStats;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final Metrics metrics = new Metrics("1.2.3", Set.of("gpt-5", "gemini-2.5-pro")::contains);

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void runsAreCounted() {
        metrics.runStarted("agent");
        metrics.runStarted("agent");
        metrics.runSuspended("agent");
        metrics.runResumed("agent");
        metrics.runFinished("agent", "completed", Duration.ofSeconds(2));

        assertThat(metrics.scrape())
                .contains("agentsgateway_runs_started_total{kind=\"agent\"} 2.0")
                .contains("agentsgateway_runs_active{kind=\"agent\"} 1.0")
                .contains("agentsgateway_run_duration_seconds_count{kind=\"agent\",status=\"completed\"} 1")
                .contains("agentsgateway_run_duration_seconds_sum{kind=\"agent\",status=\"completed\"} 2.0");
    }

    @Test
    void modelCallsFollowTheGenAiConventions() {
        metrics.modelCall("gemini", "gemini-2.5-pro", null, Duration.ofSeconds(1), Duration.ofMillis(300), 100, 20);
        metrics.modelCall("openai", "my-own-tune", "model_timeout", Duration.ofSeconds(1), null, 0, 0);

        String labels = "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"gcp.gemini\","
                + "gen_ai_request_model=\"gemini-2.5-pro\"";
        assertThat(metrics.scrape())
                .contains("gen_ai_client_operation_duration_seconds_count{error_type=\"\"," + labels + "} 1")
                .contains("gen_ai_client_operation_duration_seconds_count{error_type=\"model_timeout\","
                        + "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\","
                        + "gen_ai_request_model=\"other\"} 1")
                .contains("gen_ai_client_operation_time_to_first_chunk_seconds_bucket{" + labels + ",le=\"0.32\"} 1")
                .contains("gen_ai_client_token_usage_sum{" + labels + ",gen_ai_token_type=\"input\"} 100.0")
                .contains("gen_ai_client_token_usage_bucket{" + labels + ",gen_ai_token_type=\"output\",le=\"64.0\"} 1")
                .doesNotContain("my-own-tune");
    }

    @Test
    void labelsAreBounded() {
        for (int i = 0; i < 5_000; i++) {
            metrics.toolCall("tool" + i, "success", Duration.ofMillis(1));
            metrics.requestStarted();
            metrics.requestFinished("M" + i, "/route/" + i, 200, 1_000);
            metrics.modelCall("p" + i, "m" + i, "e" + i, Duration.ofMillis(1), null, 1, 1);
            metrics.runStarted("kind" + i);
        }
        String text = metrics.scrape();
        assertThat(text)
                .contains("gen_ai_tool_name=\"tool0\"")
                .contains("gen_ai_tool_name=\"other\",outcome=\"success\"} 4800")
                .contains("http_request_method=\"_OTHER\"")
                .contains("http_server_active_requests 0.0");
        assertThat(text.lines().filter(line -> line.startsWith("http_server_request_duration_seconds_count")))
                .hasSizeBetween(1_900, 2_001);
        assertThat(text.lines().filter(line -> line.startsWith("gen_ai_client_operation_duration_seconds_count")))
                .hasSizeLessThanOrEqualTo(2_100);
        assertThat(text.lines().filter(line -> line.startsWith("agentsgateway_runs_started_total")))
                .hasSizeLessThanOrEqualTo(33);
    }

    @Test
    void theRestIsThere() {
        metrics.streamOpened();
        metrics.streamOpened();
        metrics.streamClosed();
        metrics.groupCommit(7, Duration.ofMillis(3));
        metrics.droppedLogs("console", () -> 3);
        metrics.droppedSpans(() -> 4);
        System.gc();
        try (var _ = metrics.pool().create("main", new PoolStats(0) {
            @Override
            protected void update() {
                totalConnections = 5;
            }
        })) {
            assertThat(metrics.scrape())
                    .contains("agentsgateway_sse_streams_open 1.0")
                    .contains("agentsgateway_group_commit_batch_size_sum 7.0")
                    .contains("agentsgateway_group_commit_batch_size_bucket{le=\"8.0\"} 1")
                    .contains("agentsgateway_group_commit_duration_seconds_bucket{le=\"0.004\"} 1")
                    .contains("agentsgateway_log_events_dropped_total{backend=\"console\"} 3.0")
                    .contains("agentsgateway_spans_dropped_total 4.0")
                    .contains("agentsgateway_build_info{version=\"1.2.3\"} 1\n")
                    .contains("hikaricp_connections{pool=\"main\"} 5.0")
                    .contains("jvm_memory_used_bytes", "jvm_threads_live_threads", "process_cpu_usage")
                    .contains("process_uptime_seconds", "jvm_classes_loaded_classes", "process_files_open_files")
                    .contains("jvm_info{");
        }
    }
}

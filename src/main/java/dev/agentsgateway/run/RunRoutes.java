package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Route;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** {@code /v2/runs}. */
public final class RunRoutes implements Route.Source {
    private final RunEngine engine;

    public RunRoutes(RunEngine engine) {
        this.engine = engine;
    }

    record OneInput(@Path String runId) {}

    /** A run with its transcript. */
    record RunView(
            String runId,
            @Description("null for a team's run") String agentId,
            @Description("null for an agent's run") String teamId,
            String sessionId,
            String userId,
            String tenantId,

            @Description("Its place among the runs of its session; null while it waits")
            Integer turn,

            @Description("queued, running, paused, completed, failed or cancelled")
            String status,

            String model,

            @Description("What the model said, of all its turns")
            String content,

            ErrorView error,
            UsageView usage,

            @Description("role user, assistant or tool, with what was said, called or answered")
            List<Map<String, Object>> messages,

            OffsetDateTime createdAt,
            OffsetDateTime startedAt,
            OffsetDateTime finishedAt) {}

    record ErrorView(String code, String message) {}

    record UsageView(
            long inputTokens,
            long outputTokens,
            long totalTokens,
            long cacheReadTokens,
            long cacheWriteTokens,
            long reasoningTokens,
            boolean isEstimated) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(Route.get("/v2/runs/{run_id}", OneInput.class)
                .tag("V2 Runs")
                .summary("Get a run: where it stands, its transcript, what it cost")
                .scope("runs:read")
                .answers(200, RunView.class)
                .fails(404, "Run {run_id} not found")
                .handle(this::get));
    }

    private Answer get(Call<OneInput> call) {
        String id = call.input().runId();
        Run run = parse(id)
                .flatMap(engine::find)
                .filter(found -> call.caller().reach().covers(found.tenantId(), found.userId()))
                .orElseThrow(() -> HttpException.notFound("Run " + id + " not found"));
        List<Map<String, Object>> messages = engine.messages(run.id());
        boolean agent = run.kind().equals(SessionKey.Kind.AGENT.word());
        return Answer.ok(new RunView(
                run.id().toString(),
                agent ? run.ownerId() : null,
                agent ? null : run.ownerId(),
                run.sessionId(),
                run.userId(),
                run.tenantId(),
                run.turn(),
                run.status(),
                run.model(),
                content(run, messages),
                run.errorCode() == null ? null : new ErrorView(run.errorCode(), run.errorMessage()),
                new UsageView(
                        run.inputTokens(),
                        run.outputTokens(),
                        run.inputTokens() + run.outputTokens(),
                        run.cacheReadTokens(),
                        run.cacheWriteTokens(),
                        run.reasoningTokens(),
                        run.usageEstimated()),
                messages,
                run.createdAt(),
                run.startedAt(),
                run.finishedAt()));
    }

    private static java.util.Optional<UUID> parse(String id) {
        try {
            return java.util.Optional.of(UUID.fromString(id));
        } catch (IllegalArgumentException e) {
            return java.util.Optional.empty();
        }
    }

    /** Of a run without a stored answer, because it is in progress or its process died: what it has streamed. */
    private String content(Run run, List<Map<String, Object>> messages) {
        StringBuilder text = new StringBuilder();
        for (Map<String, Object> message : messages) {
            if (message.get("role").equals("assistant") && message.get("text") instanceof JsonNode said) {
                text.append(said.asText());
            }
        }
        if (text.isEmpty() && !run.status().equals(RunStatus.COMPLETED.word())) {
            text.append(engine.streamedText(run.id()));
        }
        return text.isEmpty() ? null : text.toString();
    }
}

package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.http.UserId;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;

/** {@code /v2/runs}: the list, one, and its cancellation. */
public final class RunRoutes implements Route.Source {
    private static final String STATUS = "queued, running, paused, completed, failed or cancelled";

    /** How long the answer to a cancellation waits for the end of the run. */
    private static final Duration CANCELLING = Duration.ofSeconds(2);

    private static final Duration LOOK = Duration.ofMillis(20);

    private final RunEngine engine;
    private final RunQueries runs;

    public RunRoutes(RunEngine engine, RunQueries runs) {
        this.engine = engine;
        this.runs = runs;
    }

    record OneInput(@Path String runId) {}

    record ListInput(
            @Query String agentId,
            @Query String teamId,

            @Query @Description("The id that the client gave the session")
            String sessionId,

            @Query @UserId String userId,
            @Query RunStatus status,
            @Query @Description("UTC") LocalDateTime createdAfter,
            @Query @Description("UTC") LocalDateTime createdBefore,

            @Query @Description("next_cursor of the page before")
            String cursor,

            @Query @Default("50") @Range(min = 1, max = 200) int limit) {}

    /** A run as it is listed. */
    record RunSummary(
            String runId,
            @Description("null for a team's run") String agentId,
            @Description("null for an agent's run") String teamId,
            String sessionId,
            String userId,
            String tenantId,

            @Description("Its place among the runs of its session; null while it waits")
            Integer turn,

            @Description(STATUS) String status,
            String model,
            ErrorView error,
            UsageView usage,
            OffsetDateTime createdAt,
            OffsetDateTime startedAt,
            OffsetDateTime finishedAt) {
        static RunSummary of(RunListStore.Row run) {
            boolean agent = run.kind() == SessionKey.Kind.AGENT;
            return new RunSummary(
                    run.id().toString(),
                    agent ? run.ownerId() : null,
                    agent ? null : run.ownerId(),
                    run.sessionId(),
                    run.userId(),
                    run.tenantId(),
                    run.turn(),
                    run.status().word(),
                    run.model(),
                    ErrorView.of(run),
                    UsageView.of(run),
                    run.createdAt(),
                    run.startedAt(),
                    run.finishedAt());
        }
    }

    record RunList(
            List<RunSummary> runs,
            @Description("null on the last page") String nextCursor) {}

    /** A run with its steps and its transcript. */
    record RunView(
            String runId,
            @Description("null for a team's run") String agentId,
            @Description("null for an agent's run") String teamId,
            String sessionId,
            String userId,
            String tenantId,

            @Description("Its place among the runs of its session; null while it waits")
            Integer turn,

            @Description(STATUS) String status,
            String model,

            @Description("What the model said, of all its turns")
            String content,

            ErrorView error,
            UsageView usage,

            @Description("Model turns and tool calls, in the order in which they were asked for")
            List<RunSteps.Step> steps,

            @Description("role user, assistant or tool, with what was said, called or answered")
            List<ObjectNode> messages,

            OffsetDateTime createdAt,
            OffsetDateTime startedAt,
            OffsetDateTime finishedAt) {}

    record ErrorView(String code, String message) {
        static ErrorView of(RunListStore.Row run) {
            return run.errorCode() == null ? null : new ErrorView(run.errorCode(), run.errorMessage());
        }
    }

    record UsageView(
            long inputTokens,
            long outputTokens,
            long totalTokens,
            long cacheReadTokens,
            long cacheWriteTokens,
            long reasoningTokens,
            boolean isEstimated) {
        static UsageView of(RunListStore.Row run) {
            return new UsageView(
                    run.inputTokens(),
                    run.outputTokens(),
                    run.inputTokens() + run.outputTokens(),
                    run.cacheReadTokens(),
                    run.cacheWriteTokens(),
                    run.reasoningTokens(),
                    run.usageEstimated());
        }
    }

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.get("/v2/runs", ListInput.class)
                        .tag("V2 Runs")
                        .summary("List runs, newest first")
                        .scope("runs:read")
                        .answers(200, RunList.class)
                        .handle(this::list),
                Route.get("/v2/runs/{run_id}", OneInput.class)
                        .tag("V2 Runs")
                        .summary("Get a run: where it stands, its steps and transcript, what it cost")
                        .scope("runs:read")
                        .answers(200, RunView.class)
                        .fails(404, "Run {run_id} not found")
                        .handle(this::get),
                Route.post("/v2/runs/{run_id}/cancel", OneInput.class)
                        .tag("V2 Runs")
                        .summary("Cancel a run that waits, works or is paused")
                        .scope("runs:write")
                        .answers(200, RunView.class)
                        .fails(404, "Run {run_id} not found")
                        .fails(409, "Run {run_id} has already ended")
                        .handle(this::cancel));
    }

    private Answer list(Call<ListInput> call) {
        ListInput input = call.input();
        Owner owner = Owner.of(input.agentId(), input.teamId(), "a run");
        RunListStore.Wanted wanted = new RunListStore.Wanted(
                owner.kind(),
                owner.id(),
                input.sessionId(),
                input.userId(),
                input.status(),
                input.createdAfter(),
                input.createdBefore());
        Page<RunListStore.Row> page = runs.list(wanted, call.caller().reach(), input.cursor(), input.limit());
        return Answer.ok(new RunList(page.map(RunSummary::of), page.next()));
    }

    private Answer get(Call<OneInput> call) throws InterruptedException {
        return view(runs.get(call.input().runId(), call.caller().reach()));
    }

    private Answer cancel(Call<OneInput> call) throws InterruptedException {
        String id = call.input().runId();
        RunListStore.Row run = runs.get(id, call.caller().reach());
        boolean possible = !run.status().ended() && engine.cancel(run.id());
        long deadline = System.nanoTime() + CANCELLING.toNanos();
        RunListStore.Row now = runs.get(id, call.caller().reach());
        while (possible && !now.status().ended() && System.nanoTime() - deadline < 0) {
            Thread.sleep(LOOK);
            now = runs.get(id, call.caller().reach());
        }
        if (!possible || now.status().ended() && now.status() != RunStatus.CANCELLED) {
            throw new HttpException(409, "Run " + id + " has already ended", runHeader(run));
        }
        return view(now);
    }

    private static Map<String, String> runHeader(RunListStore.Row run) {
        return Map.of("X-Run-Id", run.id().toString());
    }

    private Answer view(RunListStore.Row run) throws InterruptedException {
        List<RunListStore.Entry> transcript = runs.transcript(run);
        RunSummary summary = RunSummary.of(run);
        RunView view = new RunView(
                summary.runId(),
                summary.agentId(),
                summary.teamId(),
                summary.sessionId(),
                summary.userId(),
                summary.tenantId(),
                summary.turn(),
                summary.status(),
                summary.model(),
                content(run, transcript),
                summary.error(),
                summary.usage(),
                runs.steps(run, transcript),
                transcript.stream()
                        .map(entry -> MessageJson.shown(entry.role(), entry.body(), entry.createdAt()))
                        .toList(),
                summary.createdAt(),
                summary.startedAt(),
                summary.finishedAt());
        return new Answer.Json(200, view, runHeader(run));
    }

    /** Of a run without a stored answer, because it is in progress or its process died: what it has streamed. */
    private String content(RunListStore.Row run, List<RunListStore.Entry> transcript) throws InterruptedException {
        StringBuilder text = new StringBuilder();
        for (RunListStore.Entry entry : transcript) {
            if (entry.role().equals("assistant")) {
                text.append(MessageJson.text(entry.body()));
            }
        }
        if (text.isEmpty() && run.status() != RunStatus.COMPLETED) {
            text.append(engine.streamedText(run.id()));
        }
        return text.isEmpty() ? null : text.toString();
    }
}

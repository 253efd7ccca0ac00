package dev.agentsgateway.approval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Reach;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Body;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Default;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Length;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Range;
import dev.agentsgateway.http.Required;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.http.UserId;
import dev.agentsgateway.run.Decisions;
import dev.agentsgateway.run.Requirement;
import dev.agentsgateway.run.RequirementStore;
import dev.agentsgateway.tool.ArgumentCheck;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** {@code /v2/approvals}. */
public final class ApprovalRoutes implements Route.Source {
    private static final String TAG = "V2 Approvals";
    private static final String NOT_FOUND = "No pending approval for job {job_id}";
    private static final String DECIDED =
            "Approval for job {job_id} was already approved at 2026-11-24T09:20:14 (api, API key 3)";
    private static final String EXPIRED = "Approval for job {job_id} expired at 2026-11-24T09:20:14";

    private final Approvals approvals;
    private final ArgumentCheck arguments;

    public ApprovalRoutes(Approvals approvals, ArgumentCheck arguments) {
        this.approvals = approvals;
        this.arguments = arguments;
    }

    /** Which approvals are asked for. */
    enum Which {
        PENDING,
        APPROVED,
        DENIED,
        EXPIRED,
        CANCELLED,
        ALL;

        boolean includes(Requirement.Status status) {
            return this == ALL || name().equals(status.name());
        }

        Requirement.Status status() {
            return this == ALL ? null : Requirement.Status.valueOf(name());
        }
    }

    record ListInput(
            @Query
            @Default("\"pending\"")
            @Description("pending: in the order in which they came to be; any other: the newest first")
            Which status,

            @Query UUID runId,
            @Query @UserId String userId,

            @Query @Description("The id of the last one of the page before")
            UUID after,

            @Query @Default("500") @Range(min = 1, max = 1000)
            int limit) {}

    record OneInput(
            @Path String jobId,

            @Query @Default("\"pending\"") @Description("Answered only in this status; all for any")
            Which status) {}

    record JobInput(@Path String jobId) {}

    record Decision(
            @Required Boolean approved,

            @Default("\"\"") @Length(max = 10_000) @Description("Kept; the model is told when the call is denied")
            String reason,

            @Description("Executed instead of what the model asked for; null or absent for that. Kept with a denial")
            ObjectNode modifiedArgs) {}

    record DecideInput(@Path String jobId, @Body Decision body) {}

    /** A tool call that waits, or waited, for a person. Times are UTC. */
    record Approval(
            String jobId,
            @Description("Empty for the tools of agents") String workerName,
            String toolName,
            @Description("What the model asked for") ObjectNode toolArgs,
            String riskLevel,
            @Description("Why it waits") String reason,
            @Description("Since when it waits") LocalDateTime timestamp,
            @Description("Stands for job_id in every path") UUID id,
            UUID runId,
            @Description("null for a team's run") String agentId,
            @Description("null for an agent's run") String teamId,
            String sessionId,
            String userId,
            String tenantId,

            @Description("pending, approved, denied, expired or cancelled")
            String status,

            LocalDateTime expiresAt,
            LocalDateTime decidedAt,
            @Description("commit, api or page") String decidedVia,

            @Description("Id of the API key; null when none was shown")
            Integer decidedByKey,

            String decidedReason,

            @Description("What was executed instead of tool_args; null for tool_args")
            ObjectNode decidedArgs) {

        static Approval of(Requirement requirement, Instant now) {
            return new Approval(
                    JobIds.of(requirement),
                    "",
                    requirement.toolName(),
                    requirement.arguments(),
                    Approvals.RISK,
                    Approvals.REASON,
                    Timestamps.utc(requirement.createdAt()),
                    requirement.id(),
                    requirement.runId(),
                    requirement.isAgents() ? requirement.ownerId() : null,
                    requirement.isAgents() ? null : requirement.ownerId(),
                    requirement.sessionId(),
                    requirement.userId(),
                    requirement.tenantId(),
                    word(requirement.status(now)),
                    Timestamps.utc(requirement.expiresAt()),
                    Timestamps.utc(requirement.decidedAt()),
                    requirement.decidedVia(),
                    requirement.decidedByKey(),
                    requirement.note(),
                    requirement.decidedArguments());
        }
    }

    record Answered(
            String jobId, @Description("approved or denied") String status, String message) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                route(Route.get("/v2/approvals", ListInput.class), "List tool calls that wait for a person", "read")
                        .answers(200, Approval[].class)
                        .handle(this::list),
                route(Route.get("/v2/approvals/{job_id}", OneInput.class), "Get an approval", "read")
                        .answers(200, Approval.class)
                        .fails(404, NOT_FOUND)
                        .handle(this::get),
                decision(Route.post("/v2/approvals/{job_id}/decide", DecideInput.class), "Approve or deny a tool call")
                        .handle(this::decide),
                decision(Route.post("/v2/approvals/{job_id}/approve", JobInput.class), "Approve a tool call")
                        .handle(call -> decide(call, call.input().jobId(), true, null, "Approved via API")),
                decision(Route.post("/v2/approvals/{job_id}/deny", JobInput.class), "Deny a tool call")
                        .handle(call -> decide(call, call.input().jobId(), false, null, "Denied via API")));
    }

    private static <I> Route.Builder<I> route(Route.Builder<I> route, String summary, String action) {
        return route.tag(TAG).summary(summary).scope("approvals:" + action);
    }

    private static <I> Route.Builder<I> decision(Route.Builder<I> route, String summary) {
        return route(route, summary + "; its run goes on", "decide")
                .answers(200, Answered.class)
                .fails(404, NOT_FOUND)
                .fails(409, DECIDED)
                .fails(410, EXPIRED);
    }

    private Answer list(Call<ListInput> call) {
        ListInput input = call.input();
        Reach reach = call.caller().reach();
        Requirement after = input.after() == null
                ? null
                : approvals
                        .find(reach, input.after().toString())
                        .orElseThrow(() -> HttpException.invalidValue(
                                List.of("query", "after"),
                                "no such approval",
                                input.after().toString()));
        RequirementStore.Filter filter =
                new RequirementStore.Filter(input.status().status(), reach, input.runId(), input.userId());
        Instant now = approvals.now();
        return Answer.ok(approvals.list(filter, after, input.limit()).stream()
                .map(each -> Approval.of(each, now))
                .toList());
    }

    private Answer get(Call<OneInput> call) {
        Requirement requirement = find(call, call.input().jobId());
        if (!call.input().status().includes(approvals.status(requirement))) {
            throw notFound(call.input().jobId());
        }
        return Answer.ok(Approval.of(requirement, approvals.now()));
    }

    private Answer decide(Call<DecideInput> call) {
        Decision body = call.input().body();
        return decide(call, call.input().jobId(), body.approved(), body.modifiedArgs(), body.reason());
    }

    private Answer decide(Call<?> call, String jobId, boolean approved, ObjectNode edited, String reason) {
        Requirement requirement = find(call, jobId);
        if (approved && edited != null) {
            check(requirement, edited);
        }
        Approvals.Decided decided = approvals.decide(
                requirement,
                new Decisions.Verdict(approved, edited, reason),
                "api",
                call.caller().keyId());
        return switch (decided.outcome()) {
            case DECIDED ->
                Answer.ok(new Answered(
                        jobId, approved ? "approved" : "denied", approved ? "Tool call approved" : "Tool call denied"));
            case NOT_FOUND -> throw notFound(jobId);
            case ALREADY_DECIDED -> throw new HttpException(409, alreadyDecided(jobId, decided.requirement()));
            case EXPIRED ->
                throw new HttpException(
                        410,
                        "Approval for job " + jobId + " expired at "
                                + Timestamps.format(Timestamps.utc(requirement.expiresAt())));
        };
    }

    private void check(Requirement requirement, ObjectNode edited) {
        arguments.misfit(requirement.toolName(), edited).ifPresent(misfit -> {
            List<Object> holder = List.of("body", "modified_args");
            throw HttpException.invalidValue(misfit.within(holder), misfit.reason(), null);
        });
    }

    private static String alreadyDecided(String jobId, Requirement requirement) {
        if (requirement.decidedVia() == null) {
            return "Approval for job " + jobId + " was cancelled: its run has ended";
        }
        String key = requirement.decidedByKey() == null ? "" : ", API key " + requirement.decidedByKey();
        return "Approval for job " + jobId + " was already " + requirement.decision() + " at "
                + Timestamps.format(Timestamps.utc(requirement.decidedAt())) + " (" + requirement.decidedVia() + key
                + ")";
    }

    private Requirement find(Call<?> call, String jobId) {
        return approvals.find(call.caller().reach(), jobId).orElseThrow(() -> notFound(jobId));
    }

    private static HttpException notFound(String jobId) {
        return HttpException.notFound("No pending approval for job " + jobId);
    }

    private static String word(Requirement.Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }
}

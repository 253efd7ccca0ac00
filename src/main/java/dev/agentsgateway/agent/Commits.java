package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Ids;
import dev.agentsgateway.http.Caller;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.run.ActiveRun;
import dev.agentsgateway.run.Decisions;
import dev.agentsgateway.run.Run;
import dev.agentsgateway.run.RunEngine;
import dev.agentsgateway.run.RunStatus;
import dev.agentsgateway.run.SessionKey;
import dev.agentsgateway.tool.ArgumentCheck;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Lets paused runs of agents go on. A commit decides every call that still waits: those that it confirms are executed,
 * with other arguments if it gives some; all others are refused. It takes effect once or not at all.
 */
public final class Commits {
    static final String ELAPSED =
            "Confirmation time window has elapsed. The run is no longer available for resumption.";

    private final Agents agents;
    private final RunEngine engine;
    private final ArgumentCheck arguments;

    public Commits(Agents agents, RunEngine engine, ArgumentCheck arguments) {
        this.agents = agents;
        this.engine = engine;
        this.arguments = arguments;
    }

    /**
     * @return the run that goes on; empty when every call was refused, which ends the run as cancelled
     * @throws HttpException 410 when there is nothing to decide for this caller, user and session, 404 when the agent is
     *     gone or the model another one, 422 when the arguments to execute do not fit their tool; nothing is changed then
     */
    Optional<ActiveRun> commit(String agentId, CommitRequest request, Caller caller) {
        List<ObjectNode> decided = request.updatedTools().stream()
                .filter(tool -> !tool.path("confirmed").isMissingNode()
                        && !tool.path("confirmed").isNull())
                .toList();
        checkShapes(request.updatedTools());
        boolean allDenied = !decided.isEmpty() && decided.stream().noneMatch(Commits::confirmed);
        Optional<Run> run = find(agentId, request, caller);
        if (run.isEmpty()) {
            if (allDenied) {
                return Optional.empty();
            }
            throw new HttpException(410, ELAPSED);
        }
        if (agents.find(agentId).isEmpty() && !allDenied) {
            throw AgentRoutes.notFound(agentId);
        }
        if (request.model() != null && !request.model().value().equals(run.get().model()) && !allDenied) {
            throw HttpException.notFound("Agent " + agentId + " not found in cache");
        }
        Decisions.Result result = engine.decisions()
                .decideAll(run.get().id(), allDenied, pending -> verdicts(pending, decided, request), caller.keyId());
        if (allDenied && result.outcome() == Decisions.Outcome.DECIDED) {
            return Optional.empty();
        }
        return switch (result.outcome()) {
            case DECIDED -> Optional.of(driven(result.resumed(), run.get()));
            case NOT_FOUND, ALREADY_DECIDED, EXPIRED -> throw new HttpException(410, ELAPSED);
        };
    }

    private static ActiveRun driven(ActiveRun resumed, Run run) {
        if (resumed == null) {
            throw new HttpException(
                    503,
                    "The decision is stored; run " + run.id() + " goes on soon: see /v2/runs/" + run.id(),
                    Map.of("X-Run-Id", run.id().toString(), "Retry-After", "5"));
        }
        return resumed;
    }

    /** The paused run, if it is this agent's, this user's, in this session and within the caller's reach. */
    private Optional<Run> find(String agentId, CommitRequest request, Caller caller) {
        return Ids.parse(request.runId())
                .flatMap(engine::find)
                .filter(run -> run.kind().equals(SessionKey.Kind.AGENT.word())
                        && run.ownerId().equals(agentId)
                        && run.userId().equals(request.userId())
                        && run.sessionId().equals(request.sessionId())
                        && run.status().equals(RunStatus.PAUSED.word())
                        && caller.reach().covers(run.tenantId(), run.userId()));
    }

    private Map<UUID, Decisions.Verdict> verdicts(
            List<Decisions.Pending> pending, List<ObjectNode> decided, CommitRequest request) {
        boolean meant = decided.isEmpty()
                || decided.stream()
                        .anyMatch(tool ->
                                pending.stream().anyMatch(call -> call.callId().equals(callId(tool))));
        if (!meant) {
            // Sent again after the run has gone on and paused for other calls, which nobody has been shown yet.
            throw new HttpException(410, ELAPSED);
        }
        Map<UUID, Decisions.Verdict> verdicts = new HashMap<>();
        for (Decisions.Pending call : pending) {
            Decisions.Verdict verdict = new Decisions.Verdict(false, null, null);
            for (ObjectNode tool : decided) {
                if (callId(tool).equals(call.callId())) {
                    verdict = verdict(tool);
                    check(call, verdict, request.updatedTools().indexOf(tool));
                }
            }
            verdicts.put(call.requirement(), verdict);
        }
        return verdicts;
    }

    /** A decision is never guessed from something that is none. */
    private static void checkShapes(List<ObjectNode> tools) {
        for (int i = 0; i < tools.size(); i++) {
            JsonNode confirmed = tools.get(i).path("confirmed");
            if (!confirmed.isBoolean() && !confirmed.isNull() && !confirmed.isMissingNode()) {
                throw HttpException.invalidValue(
                        List.of("body", "updated_tools", i, "confirmed"),
                        "must be true, false or null",
                        confirmed.toString());
            }
            JsonNode arguments = tools.get(i).path("tool_args");
            if (!arguments.isObject() && !arguments.isNull() && !arguments.isMissingNode()) {
                throw HttpException.invalidValue(
                        List.of("body", "updated_tools", i, "tool_args"), "must be an object", arguments.toString());
            }
        }
    }

    private void check(Decisions.Pending call, Decisions.Verdict verdict, int index) {
        if (verdict.arguments() != null) {
            arguments.misfit(call.toolName(), verdict.arguments()).ifPresent(misfit -> {
                List<Object> holder = List.of("body", "updated_tools", index, "tool_args");
                throw HttpException.invalidValue(misfit.within(holder), misfit.reason(), null);
            });
        }
    }

    private static Decisions.Verdict verdict(ObjectNode tool) {
        boolean approved = confirmed(tool);
        return new Decisions.Verdict(
                approved,
                approved && tool.get("tool_args") instanceof ObjectNode arguments ? arguments : null,
                tool.path("confirmation_note").isTextual()
                        ? tool.get("confirmation_note").textValue()
                        : null);
    }

    private static boolean confirmed(JsonNode tool) {
        return tool.path("confirmed").isBoolean() && tool.get("confirmed").booleanValue();
    }

    private static String callId(JsonNode tool) {
        return tool.path("tool_call_id").isTextual()
                ? tool.get("tool_call_id").textValue()
                : tool.path("id").asText();
    }
}

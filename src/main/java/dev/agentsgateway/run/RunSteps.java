package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a run has done, told from its transcript: its model turns and tool calls, in the order in which they were asked for. */
final class RunSteps {
    private static final String MODEL_TURN = "model_turn";
    private static final String TOOL_CALL = "tool_call";
    private static final String RUNNING = "running";
    private static final String COMPLETED = "completed";
    private static final String FAILED = "failed";

    private final RunListStore.Row run;
    private final List<RunListStore.Entry> transcript;
    private final Map<Integer, RunListStore.Entry> bySeq;
    private final Map<Integer, RunListStore.OpenCall> open;
    private final List<Step> steps = new ArrayList<>();

    /** When everything so far was done: then the next model turn began. */
    private OffsetDateTime done;

    private boolean callsOpen;
    private boolean answered;

    /**
     * One step.
     *
     * @param type   {@code model_turn} or {@code tool_call}
     * @param status {@code running}, {@code completed}, {@code failed}, {@code cancelled}; of a tool call also {@code
     *     awaiting_confirmation}, {@code denied}, {@code expired}, or {@code unknown} when the run ended without its result
     */
    record Step(
            String type,
            String status,
            String toolName,
            String toolCallId,
            OffsetDateTime startedAt,
            OffsetDateTime finishedAt) {}

    private RunSteps(RunListStore.Row run, List<RunListStore.Entry> transcript, List<RunListStore.OpenCall> openCalls) {
        this.run = run;
        this.transcript = transcript;
        this.bySeq = transcript.stream().collect(Collectors.toMap(RunListStore.Entry::seq, Function.identity()));
        this.open = openCalls.stream().collect(Collectors.toMap(RunListStore.OpenCall::seq, Function.identity()));
        this.done = run.startedAt();
    }

    static List<Step> of(
            RunListStore.Row run, List<RunListStore.Entry> transcript, List<RunListStore.OpenCall> openCalls) {
        return new RunSteps(run, transcript, openCalls).tell();
    }

    private List<Step> tell() {
        if (run.startedAt() == null) {
            return steps;
        }
        for (RunListStore.Entry entry : transcript) {
            if (entry.role().equals("assistant")) {
                modelTurn(entry);
            }
        }
        boolean turnOpen = !answered && !callsOpen;
        if (turnOpen && run.status() == RunStatus.RUNNING) {
            steps.add(new Step(MODEL_TURN, RUNNING, null, null, done, null));
        } else if (turnOpen && run.status().ended() && !"limit_model_turns".equals(run.errorCode())) {
            steps.add(new Step(MODEL_TURN, run.status().word(), null, null, done, run.finishedAt()));
        }
        return steps;
    }

    private void modelTurn(RunListStore.Entry entry) {
        JsonNode calls = Json.read(entry.body()).path("tool_calls");
        answered = calls.isEmpty();
        String status = answered && run.status().ended() ? run.status().word() : COMPLETED;
        steps.add(new Step(MODEL_TURN, status, null, null, done, entry.createdAt()));
        done = entry.createdAt();
        int seq = entry.seq() + 1;
        for (JsonNode call : calls) {
            toolCall(call, seq++, entry.createdAt());
        }
    }

    private void toolCall(JsonNode call, int seq, OffsetDateTime asked) {
        String name = call.path("name").asText();
        String id = call.path("id").asText();
        RunListStore.Entry result = bySeq.get(seq);
        if (result == null) {
            callsOpen = true;
            RunListStore.OpenCall known = open.get(seq);
            OffsetDateTime began = known == null || known.toolStartedAt() == null ? asked : known.toolStartedAt();
            steps.add(new Step(TOOL_CALL, openStatus(known), name, id, began, null));
            return;
        }
        OffsetDateTime began = result.toolStartedAt() == null ? asked : result.toolStartedAt();
        steps.add(new Step(TOOL_CALL, resultStatus(result), name, id, began, result.createdAt()));
        if (result.createdAt().isAfter(done)) {
            done = result.createdAt();
        }
    }

    private String openStatus(RunListStore.OpenCall known) {
        if (run.status().ended()) {
            return "unknown";
        }
        return known != null && known.confirmed() && known.decision() == null ? "awaiting_confirmation" : RUNNING;
    }

    private static String resultStatus(RunListStore.Entry result) {
        if (result.decision() != null && !result.decision().equals("approved")) {
            return result.decision();
        }
        return Json.read(result.body()).path("error").asBoolean() ? FAILED : COMPLETED;
    }
}

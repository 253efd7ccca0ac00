package dev.agentsgateway.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.common.Reach;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.model.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How runs ended, or where they are paused, as their rows tell it: whoever drove them. Thread-safe. */
public final class RunOutcomes {
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final int MOST_REQUIREMENTS = 10_000;

    private final Database database;
    private final RunEngine engine;
    private final RunListStore runs;
    private final RequirementStore requirements = new RequirementStore();

    /**
     * A run that is not driven by its reader.
     *
     * @param dropped whether its events are no longer kept
     */
    public record Stored(RunIdentity identity, String model, RunStatus status, boolean dropped) {}

    public RunOutcomes(Database database, RunEngine engine) {
        this.database = database;
        this.engine = engine;
        this.runs = new RunListStore(database);
    }

    /** Empty when there is no such run. */
    public Optional<Stored> find(UUID run) {
        return row(run).map(row -> new Stored(
                row.identity(),
                row.model(),
                row.status(),
                engine.logs().progress(run).map(engine.logs()::dropped).orElse(true)));
    }

    /**
     * Waits until the run has ended or pauses.
     *
     * @return with the status {@code RUNNING} when this process is about to stop; empty when the run was deleted
     */
    public Optional<ActiveRun.Outcome> await(UUID run) throws InterruptedException {
        try (RunEvents events = engine.events(run, EventId.START)) {
            while (true) {
                Optional<RunListStore.Row> row = row(run);
                if (row.isEmpty() || row.get().status().ended() || row.get().status() == RunStatus.PAUSED) {
                    return row.map(this::outcome);
                }
                if (events.stopped()) {
                    return row.map(one ->
                            new ActiveRun.Outcome(RunStatus.RUNNING, null, "interrupted", List.of(), metrics(one)));
                }
                follow(events);
            }
        }
    }

    /** Until the run may have come to an end. */
    private static void follow(RunEvents events) throws InterruptedException {
        if (events.ended()) {
            // It has just been continued.
            Thread.sleep(LOOK);
            return;
        }
        RunEvents.Batch batch;
        do {
            batch = events.next(LOOK);
        } while (!batch.events().isEmpty() && !batch.events().getLast().endsStream());
    }

    private Optional<RunListStore.Row> row(UUID run) {
        return runs.find(run, Reach.ALL);
    }

    private ActiveRun.Outcome outcome(RunListStore.Row run) {
        List<RunListStore.Entry> transcript = runs.transcript(run.id());
        boolean answered = run.status() == RunStatus.COMPLETED || run.status() == RunStatus.PAUSED;
        return new ActiveRun.Outcome(
                run.status(),
                answered ? answer(run, transcript) : run.errorMessage(),
                answered ? null : run.errorCode(),
                executions(run, transcript),
                metrics(run));
    }

    private static String answer(RunListStore.Row run, List<RunListStore.Entry> transcript) {
        String said = transcript.stream()
                .filter(entry -> entry.role().equals("assistant"))
                .map(entry -> MessageJson.text(entry.body()))
                .collect(Collectors.joining());
        return run.status() == RunStatus.PAUSED && said.isEmpty() ? RunDriver.PAUSED : said;
    }

    private List<ToolExecution> executions(RunListStore.Row run, List<RunListStore.Entry> transcript) {
        Map<Integer, RunListStore.Entry> bySeq =
                transcript.stream().collect(Collectors.toMap(RunListStore.Entry::seq, Function.identity()));
        Map<Integer, Requirement> asked = asked(run.id());
        List<ToolExecution> executions = new ArrayList<>();
        for (RunListStore.Entry entry : transcript) {
            int seq = entry.seq() + 1;
            if (entry.role().equals("assistant")) {
                for (JsonNode call : Json.read(entry.body()).path("tool_calls")) {
                    execution(call, bySeq.get(seq), asked.get(seq)).ifPresent(executions::add);
                    seq++;
                }
            }
        }
        return executions;
    }

    private Map<Integer, Requirement> asked(UUID run) {
        RequirementStore.Filter ofRun = new RequirementStore.Filter(null, Reach.ALL, run, null);
        Map<Integer, Requirement> asked = new HashMap<>();
        database.with(handle -> requirements.list(handle, ofRun, null, MOST_REQUIREMENTS))
                .forEach(requirement -> asked.put(requirement.seq(), requirement));
        return asked;
    }

    /** Empty for a call that neither has a result nor waits for a person. */
    private static Optional<ToolExecution> execution(JsonNode call, RunListStore.Entry entry, Requirement asked) {
        if (entry == null && asked == null) {
            return Optional.empty();
        }
        ToolExecution execution = ToolExecution.started(
                call.path("id").asText(), call.path("name").asText(), arguments(call, asked), 0);
        if (entry != null) {
            JsonNode result = Json.read(entry.body());
            execution = execution.ended(
                    result.path("content").asText(), result.path("error").asBoolean(), 0);
        }
        Boolean confirmed = asked == null || asked.decision() == null
                ? null
                : Boolean.valueOf(asked.decision().equals("approved"));
        return Optional.of(asked == null ? execution : execution.confirmation(confirmed, asked.note()));
    }

    private static ObjectNode arguments(JsonNode call, Requirement asked) {
        if (asked != null) {
            return asked.decidedArguments() != null ? asked.decidedArguments() : asked.arguments();
        }
        try {
            String said = call.path("arguments").asText();
            return !said.isBlank() && Json.read(said) instanceof ObjectNode object ? object : Json.object();
        } catch (IllegalArgumentException e) {
            return Json.object();
        }
    }

    private RunMetrics metrics(RunListStore.Row run) {
        return runs.usage(run.id())
                .orElseGet(() -> new RunMetrics(
                        new Usage(
                                run.inputTokens(),
                                run.outputTokens(),
                                run.cacheReadTokens(),
                                run.cacheWriteTokens(),
                                run.reasoningTokens(),
                                run.usageEstimated()),
                        null,
                        0,
                        List.of()));
    }
}

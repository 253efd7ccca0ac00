package dev.agentsgateway.run;

import dev.agentsgateway.common.Failpoint;
import dev.agentsgateway.model.Catalogue;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ModelStream;
import dev.agentsgateway.model.ResolvedModel;
import dev.agentsgateway.model.Usage;
import dev.agentsgateway.observability.TraceSpan;
import dev.agentsgateway.tool.Tool;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the model of a run and, when it gives no answer, those that the agent falls back to. For one thread. */
final class ModelCaller {
    private static final Logger LOG = LoggerFactory.getLogger(ModelCaller.class);

    private final Drive drive;
    private final RunServices services;
    private final ActiveRun run;
    private final RunPlan plan;
    private final TraceSpan span;
    private final RunUsage usage;
    private final Set<String> callIds = new HashSet<>();
    private final ContextWindow window = new ContextWindow();
    private int turns;
    private ModelTurn unfinished;

    /** A complete answer. */
    record Answer(Message.Assistant message, String responseId) {}

    /** Goes on counting where earlier drivers of the run stopped. */
    ModelCaller(Drive drive) {
        this.drive = drive;
        this.services = drive.services();
        this.run = drive.run();
        this.plan = drive.plan();
        this.span = drive.span();
        this.usage = drive.usage();
        this.turns =
                drive.from().reasoned() == null ? 0 : drive.from().reasoned().calls();
        drive.from().messages().values().forEach(message -> {
            if (message instanceof Message.Assistant turn) {
                turns++;
                turn.toolCalls().forEach(called -> callIds.add(called.id()));
            }
        });
    }

    /** How often the models may still be asked. */
    int turnsLeft() {
        return plan.limits().modelTurns() - turns;
    }

    /**
     * Asks a model for what only the gateway reads.
     *
     * @param current as for {@link #ask}
     */
    String think(ResolvedModel model, String system, List<Message> conversation, int current) {
        run.abort().check();
        turns++;
        long limit = ContextWindow.limit(model, plan);
        ModelRequest request = new ModelRequest(
                model.upstreamId(),
                system,
                new ContextWindow().fit(conversation, current, system, List.of(), limit),
                List.of(),
                null,
                null,
                plan.stream());
        ModelTurn turn = new ModelTurn(plan.limits().outputChars());
        try {
            call(model, request, turn, new Progress(), false);
        } catch (ModelException e) {
            run.abort().check();
            throw e;
        }
        return turn.text();
    }

    /** @param current where the run's own messages begin in the conversation */
    Answer ask(String system, List<Message> conversation, int current, List<Tool> tools) {
        run.abort().check();
        if (++turns > plan.limits().modelTurns()) {
            throw new RunFailure(
                    "limit_model_turns",
                    "The run asked the model " + plan.limits().modelTurns() + " times without coming to an end.");
        }
        List<ModelRequest.ToolDefinition> definitions = tools.stream()
                .map(Tool::spec)
                .map(spec -> new ModelRequest.ToolDefinition(spec.name(), spec.description(), spec.parameters()))
                .toList();
        for (int i = 0; ; i++) {
            ResolvedModel model = plan.models().get(i);
            ModelTurn turn = new ModelTurn(plan.limits().outputChars());
            Progress progress = new Progress();
            try {
                return ask(
                        model,
                        new ModelRequest(
                                model.upstreamId(),
                                system,
                                window.fit(
                                        conversation, current, system, definitions, ContextWindow.limit(model, plan)),
                                definitions,
                                plan.temperature(),
                                plan.maxTokens(),
                                plan.stream(),
                                reasoningOf(model)),
                        turn,
                        progress);
            } catch (ModelException e) {
                run.abort().check();
                boolean another = i + 1 < plan.models().size();
                if (progress.firstToken != null || !another || !worthAnother(e)) {
                    throw e;
                }
                LOG.warn("{} gave no answer ({}: {}); falling back", model.id(), e.code(), e.detail());
            }
        }
    }

    /** A model that is named for it reasons in the place of the one that answers. */
    private Catalogue.Reasoning reasoningOf(ResolvedModel model) {
        RunOptions.Reasoning wanted = plan.options().reasoning();
        return wanted == null || wanted.model() != null ? null : model.reasoning();
    }

    private static boolean worthAnother(ModelException e) {
        return e.kind().passing()
                || e.kind() == ModelException.Kind.STREAM_CUT
                || e.kind() == ModelException.Kind.QUOTA
                || e.kind() == ModelException.Kind.NOT_CONFIGURED;
    }

    /** What the model had said of an answer that broke off; empty when none did. */
    String unfinishedText() {
        return unfinished == null ? "" : unfinished.text();
    }

    private Answer ask(ResolvedModel model, ModelRequest request, ModelTurn turn, Progress progress) {
        unfinished = turn;
        Failpoint.reached("before_model_call");
        drive.emit(new RunEvent.ModelRequestStarted(
                System.currentTimeMillis(), model.id(), model.provider().displayName()));
        call(model, request, turn, progress, true);
        drive.emit(new RunEvent.ModelRequestCompleted(
                System.currentTimeMillis(),
                model.id(),
                model.provider().displayName(),
                turn.usage(request),
                progress.seconds()));
        unfinished = null;
        Failpoint.reached("after_model_call");
        Message.Assistant message = turn.message(model.provider().id(), callIds);
        message.toolCalls().forEach(called -> callIds.add(called.id()));
        return new Answer(message, turn.responseId());
    }

    /** @param answers whether it is the answer that is asked for, which readers see as it comes */
    private void call(ResolvedModel model, ModelRequest request, ModelTurn turn, Progress progress, boolean answers) {
        long asked = System.nanoTime();
        String error = null;
        try (TraceSpan call = services.telemetry()
                .modelCall(
                        span,
                        model.provider().id(),
                        model.upstreamId(),
                        run.session().sessionId(),
                        request.stream())) {
            try {
                read(model, request, turn, progress, asked, answers);
            } catch (ModelException e) {
                error = e.code();
                call.failed(error);
                throw e;
            } finally {
                book(model, request, turn, progress, asked, error, answers, call);
            }
        }
    }

    private void read(
            ResolvedModel model, ModelRequest request, ModelTurn turn, Progress progress, long asked, boolean answers) {
        try (ModelStream stream = model.chat().stream(request)) {
            run.abort().reading(stream);
            turn.read(stream, new ModelTurn.Listener() {
                @Override
                public void content(String text, String reasoning, String responseId) {
                    if (!answers) {
                        return;
                    }
                    drive.emit(new RunEvent.Content(System.currentTimeMillis(), text, reasoning, responseId));
                    Failpoint.reached("while_streaming");
                }

                @Override
                public void begun() {
                    long now = System.nanoTime();
                    progress.firstToken = Duration.ofNanos(now - asked);
                    if (answers) {
                        usage.firstToken((now - drive.startedNanos()) / 1e9);
                    }
                }
            });
        } finally {
            run.abort().reading(null);
        }
    }

    /** Books what was used, also of an answer that broke off after it had begun. */
    private void book(
            ResolvedModel model,
            ModelRequest request,
            ModelTurn turn,
            Progress progress,
            long asked,
            String error,
            boolean answers,
            TraceSpan call) {
        boolean answered = error == null || progress.firstToken != null;
        Usage used = answered ? turn.usage(request) : Usage.NONE;
        if (answered && answers) {
            usage.add(model.id(), model.provider().metricsName(), used);
        } else if (answered) {
            usage.addReasoning(model.id(), model.provider().metricsName(), used);
        }
        call.response(turn.responseId(), null)
                .usage(used.input(), used.output(), used.cacheRead(), used.cacheWrite(), used.reasoning());
        if (progress.firstToken != null) {
            call.firstChunk(progress.firstToken);
        }
        services.metrics()
                .modelCall(
                        model.provider().id(),
                        model.upstreamId(),
                        error,
                        Duration.ofNanos(System.nanoTime() - asked),
                        progress.firstToken,
                        used.input(),
                        used.output());
    }

    private static final class Progress {
        /** From the question to the first token; null before. */
        private Duration firstToken;

        private Double seconds() {
            return firstToken == null ? null : firstToken.toNanos() / 1e9;
        }
    }
}

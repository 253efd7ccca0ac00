package dev.agentsgateway.run;

import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ModelRequest;
import dev.agentsgateway.model.ModelStream;
import dev.agentsgateway.model.ResolvedModel;
import dev.agentsgateway.model.Usage;
import dev.agentsgateway.tool.Tool;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the model of a run and, when it gives no answer, those that the agent falls back to. For one thread. */
final class ModelCaller {
    private static final Logger LOG = LoggerFactory.getLogger(ModelCaller.class);

    private final ActiveRun run;
    private final RunPlan plan;
    private final RunDriver.RunUsage usage;
    private final Consumer<RunEvent> emit;
    private final long runStarted;
    private int turns;

    /** A complete answer. */
    record Answer(Message.Assistant message, String responseId) {}

    ModelCaller(
            ActiveRun run, RunPlan plan, RunDriver.RunUsage usage, Consumer<RunEvent> emit, long runStarted) {
        this.run = run;
        this.plan = plan;
        this.usage = usage;
        this.emit = emit;
        this.runStarted = runStarted;
    }

    Answer ask(String system, List<Message> conversation, List<Tool> tools) {
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
                                conversation,
                                definitions,
                                plan.temperature(),
                                plan.maxTokens(),
                                plan.stream()),
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

    private static boolean worthAnother(ModelException e) {
        return e.kind().passing()
                || e.kind() == ModelException.Kind.STREAM_CUT
                || e.kind() == ModelException.Kind.QUOTA
                || e.kind() == ModelException.Kind.NOT_CONFIGURED;
    }

    private Answer ask(ResolvedModel model, ModelRequest request, ModelTurn turn, Progress progress) {
        emit.accept(new RunEvent.ModelRequestStarted(System.currentTimeMillis(), model.id(), model.provider().displayName()));
        long asked = System.nanoTime();
        try (ModelStream stream = model.chat().stream(request)) {
            run.abort().reading(stream);
            turn.read(stream, new ModelTurn.Listener() {
                @Override
                public void content(String text, String reasoning, String responseId) {
                    emit.accept(new RunEvent.Content(System.currentTimeMillis(), text, reasoning, responseId));
                }

                @Override
                public void begun() {
                    long now = System.nanoTime();
                    progress.firstToken = (now - asked) / 1e9;
                    usage.firstToken((now - runStarted) / 1e9);
                }
            });
        } finally {
            run.abort().reading(null);
            if (progress.firstToken != null) {
                usage.add(model.id(), model.provider().metricsName(), turn.usage(request));
            }
        }
        Usage used = turn.usage(request);
        if (progress.firstToken == null) {
            usage.add(model.id(), model.provider().metricsName(), used);
        }
        emit.accept(new RunEvent.ModelRequestCompleted(
                System.currentTimeMillis(), model.id(), model.provider().displayName(), used, progress.firstToken));
        return new Answer(turn.message(model.provider().id()), turn.responseId());
    }

    private static final class Progress {
        /** Seconds from the question to the first token; null before. */
        private Double firstToken;
    }
}

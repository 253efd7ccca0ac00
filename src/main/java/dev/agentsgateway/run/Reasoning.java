package dev.agentsgateway.run;

import dev.agentsgateway.common.Failpoint;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.Catalogue;
import dev.agentsgateway.model.Message;
import dev.agentsgateway.model.ModelException;
import dev.agentsgateway.model.ResolvedModel;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a model that cannot be asked to reason by itself think in steps before it answers, in a conversation of its own
 * and without tools. It counts as model turns of the run, of which it leaves one for the answer, and is stored as a
 * whole: a run that is taken over before thinks again, after that never. For one thread.
 */
final class Reasoning {
    private static final Logger LOG = LoggerFactory.getLogger(Reasoning.class);
    private static final String INSTRUCTIONS = """
            Before the last message of the user is answered, you think about it, in steps. Do not answer it now, and call \
            no tools: say in a step which ones should be called. Answer with one step at a time, as one JSON object and \
            nothing else:
            {"title": "what the step is about", "reasoning": "why you take it", "action": "what you do in it", \
            "result": "what comes of it", "next_action": "continue", "confidence": 0.8}
            next_action is "continue" when more steps are needed, "validate" when the result must be checked, "reset" when \
            the steps so far lead nowhere and you begin again, "final_answer" when it can be answered. Take at least \
            %d and at most %d steps.""";

    private final Drive drive;
    private final ModelCaller caller;
    private final RunOptions.Reasoning wanted;
    private final List<Message> conversation = new ArrayList<>();
    private final List<ReasoningStep> steps = new ArrayList<>();
    private final List<Reasoned.Said> said = new ArrayList<>();

    Reasoning(Drive drive, ModelCaller caller) {
        this.drive = drive;
        this.caller = caller;
        this.wanted = drive.plan().options().reasoning();
    }

    /** Whether the model is to think in steps; one that reasons by itself is asked to in its requests. */
    static boolean inSteps(RunPlan plan, boolean withTools) {
        RunOptions.Reasoning wanted = plan.options().reasoning();
        if (wanted == null || wanted.model() != null) {
            return wanted != null;
        }
        Catalogue.Reasoning own = plan.models().getFirst().reasoning();
        return own == null || own == Catalogue.Reasoning.EFFORT_WITHOUT_TOOLS && withTools;
    }

    /** @return what was thought, stored; without steps when the model did not give any */
    Reasoned think(String system, List<Message> asked) {
        drive.emit(new RunEvent.ReasoningStarted(System.currentTimeMillis()));
        ResolvedModel model = wanted.model() == null ? drive.plan().models().getFirst() : wanted.model();
        String instructions = INSTRUCTIONS.formatted(wanted.minSteps(), wanted.maxSteps());
        String whole = system == null || system.isBlank() ? instructions : system + "\n\n" + instructions;
        conversation.addAll(asked);
        int current = asked.size() - 1;
        int calls = 0;
        try {
            boolean more = true;
            while (more && calls < wanted.maxSteps() && caller.turnsLeft() > 1) {
                calls++;
                more = take(caller.think(model, whole, conversation, current));
            }
        } catch (ModelException e) {
            drive.run().abort().check();
            LOG.warn("the model did not think to the end: {}: {}", e.code(), e.detail());
        }
        Reasoned reasoned = new Reasoned(steps, said, calls);
        store(reasoned);
        if (!steps.isEmpty()) {
            drive.emit(new RunEvent.ReasoningCompleted(System.currentTimeMillis(), reasoned.steps()));
        }
        return reasoned;
    }

    /** Takes the steps of one answer; returns whether there are more to come. */
    private boolean take(String answer) {
        said.add(new Reasoned.Said("assistant", answer));
        List<ReasoningStep> taken = ReasoningStep.read(answer);
        for (ReasoningStep step : taken) {
            if (steps.size() == wanted.maxSteps()) {
                return false;
            }
            steps.add(step);
            drive.emit(new RunEvent.ReasoningStepped(System.currentTimeMillis(), step, ReasoningStep.markdown(steps)));
            Failpoint.reached("while_reasoning");
            if (step.nextAction().equals(ReasoningStep.RESET)) {
                steps.clear();
            }
        }
        if (taken.isEmpty()) {
            return false;
        }
        String last = taken.getLast().nextAction();
        if (steps.size() >= wanted.maxSteps()
                || last.equals(ReasoningStep.FINAL_ANSWER) && steps.size() >= wanted.minSteps()) {
            return false;
        }
        String next = switch (last) {
            case ReasoningStep.VALIDATE -> "Check the last result in another way, as the next step.";
            case ReasoningStep.RESET -> "Begin again with the first step of another approach.";
            case ReasoningStep.FINAL_ANSWER -> "More steps are wanted. Give the next one.";
            default -> "Give the next step.";
        };
        said.add(new Reasoned.Said("user", next));
        conversation.add(Message.Assistant.of(answer));
        conversation.add(Message.User.of(next));
        return true;
    }

    private void store(Reasoned reasoned) {
        Failpoint.reached("before_reasoning_commit");
        String json = Json.write(reasoned);
        String used = Json.write(drive.usage().metrics(drive.startedNanos()));
        boolean stored = drive.database()
                .commit(handle -> drive.services().transcripts().saveReasoning(handle, drive.run(), json, used));
        if (!stored) {
            throw RunFailure.LOST;
        }
        Failpoint.reached("after_reasoning_commit");
    }
}

package dev.agentsgateway.run;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.agentsgateway.model.Message;
import java.util.List;

/**
 * What a model thought before it answered, as it is kept with the run.
 *
 * @param steps    empty when what it said were no steps
 * @param messages what was said in the conversation of its own that it thought in
 * @param calls    how often a model was asked for it
 */
public record Reasoned(List<ReasoningStep> steps, List<Said> messages, int calls) {
    public Reasoned {
        steps = List.copyOf(steps);
        messages = List.copyOf(messages);
    }

    public record Said(String role, String content) {}

    /** For people, in Markdown. */
    public String text() {
        return ReasoningStep.markdown(steps);
    }

    /** What the answering model is shown of it, behind the question; conversations must not end with a model's words. */
    @JsonIgnore
    List<Message> context() {
        return steps.isEmpty()
                ? List.of()
                : List.of(
                        Message.Assistant.of("This is what I thought about it, step by step:\n\n" + text()),
                        Message.User.of(
                                "Go on with what I asked for, on the basis of your steps." + " Do not repeat them."));
    }
}

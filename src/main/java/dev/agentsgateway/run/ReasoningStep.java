package dev.agentsgateway.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.agentsgateway.common.Json;
import java.util.ArrayList;
import java.util.List;

/**
 * One step of a model's thinking before it answers.
 *
 * @param nextAction {@code continue}, {@code validate}, {@code final_answer} or {@code reset}
 * @param confidence 0 to 1, null when the model did not say
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReasoningStep(
        String title, String action, String result, String reasoning, String nextAction, Double confidence) {
    static final String CONTINUE = "continue";
    static final String VALIDATE = "validate";
    static final String FINAL_ANSWER = "final_answer";
    static final String RESET = "reset";

    private static final ObjectReader FIRST_VALUE =
            Json.MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** A text of many brackets must not cost its square. */
    private static final int TRIES = 20;

    /**
     * The steps that a model wrote as JSON: one object, a list, or an object with a list {@code reasoning_steps}, whatever
     * stands around it. Empty when there are none.
     */
    static List<ReasoningStep> read(String text) {
        int tries = 0;
        for (int i = 0; i < text.length() && tries < TRIES; i++) {
            if (text.charAt(i) == '{' || text.charAt(i) == '[') {
                tries++;
                List<ReasoningStep> steps = steps(json(text.substring(i)));
                if (!steps.isEmpty()) {
                    return steps;
                }
            }
        }
        return List.of();
    }

    /** The first JSON value; null when it is none. */
    private static JsonNode json(String text) {
        try {
            return FIRST_VALUE.readTree(text);
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private static List<ReasoningStep> steps(JsonNode json) {
        JsonNode list = json != null && json.path("reasoning_steps").isArray() ? json.get("reasoning_steps") : json;
        List<ReasoningStep> steps = new ArrayList<>();
        if (list != null && list.isArray()) {
            list.forEach(step -> add(step, steps));
        } else if (list != null) {
            add(list, steps);
        }
        return steps;
    }

    private static void add(JsonNode json, List<ReasoningStep> steps) {
        ReasoningStep step = new ReasoningStep(
                text(json, "title"),
                text(json, "action"),
                text(json, "result"),
                text(json, "reasoning"),
                nextAction(text(json, "next_action")),
                confidence(json.path("confidence")));
        if (step.reasoning != null || step.result != null || step.action != null) {
            steps.add(step);
        }
    }

    private static String text(JsonNode json, String member) {
        String text = json.path(member).asText("").replace("\0", "").strip();
        return text.isEmpty() ? null : text;
    }

    private static String nextAction(String said) {
        return VALIDATE.equals(said) || FINAL_ANSWER.equals(said) || RESET.equals(said) ? said : CONTINUE;
    }

    private static Double confidence(JsonNode said) {
        return said.isNumber() ? Math.clamp(said.doubleValue(), 0.0, 1.0) : null;
    }

    /** For people. */
    static String markdown(List<ReasoningStep> steps) {
        StringBuilder text = new StringBuilder();
        for (ReasoningStep step : steps) {
            text.append("## ").append(step.title == null ? "Step" : step.title).append('\n');
            line(text, "", step.reasoning);
            line(text, "Action: ", step.action);
            line(text, "Result: ", step.result);
            line(text, "Confidence: ", step.confidence == null ? null : step.confidence.toString());
            text.append('\n');
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String label, String value) {
        if (value != null) {
            text.append(label).append(value).append('\n');
        }
    }
}

package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What models write when they are asked for a step of reasoning. */
class ReasoningStepTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"title\":\"T\",\"reasoning\":\"R\",\"next_action\":\"validate\",\"confidence\":1.5}",
                "Sure!\n```json\n{\"title\":\"T\",\"reasoning\":\"R\",\"next_action\":\"validate\",\"confidence\":2}\n```",
                "[{\"title\":\"T\",\"reasoning\":\"R\",\"next_action\":\"validate\",\"confidence\":1}]",
                "A {brace}, then {\"reasoning_steps\":[{\"title\":\"T\",\"reasoning\":\"R\",\"next_action\":\"validate\",\"confidence\":1}]} ok"
            })
    void stepsAreFoundWhateverStandsAroundThem(String said) {
        assertThat(ReasoningStep.read(said))
                .isEqualTo(List.of(new ReasoningStep("T", null, null, "R", "validate", 1.0)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "No steps.", "{}", "[]", "[[[[[[", "{\"title\":\"only\"}", "{\"a\":", "[1,2]", "\"x\""})
    void whatIsNoStepIsNone(String said) {
        assertThat(ReasoningStep.read(said)).isEmpty();
    }

    @Test
    void anUnknownNextActionGoesOn() {
        assertThat(ReasoningStep.read("{\"result\":\"R\",\"next_action\":\"dance\"}"))
                .containsExactly(new ReasoningStep(null, null, "R", null, "continue", null));
    }

    @Test
    void manyBracketsCostLittle() {
        assertThat(ReasoningStep.read("[".repeat(200_000))).isEmpty();
    }
}

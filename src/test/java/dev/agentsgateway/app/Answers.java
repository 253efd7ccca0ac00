package dev.agentsgateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.app.TestGateway.Answer;
import dev.agentsgateway.common.Json;

/** What a refusal must be. */
public final class Answers {
    private Answers() {}

    /** The whole body, byte by byte. */
    public static void assertDetail(Answer answer, int status, String detail) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(Json.object().put("detail", detail).toString());
    }

    /** A body that does not fit: what is wrong first, and where. */
    public static void assertProblem(Answer answer, String type, Object... place) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(422);
        assertThat(answer.json().at("/detail/0/type").asText())
                .as(answer.body())
                .isEqualTo(type);
        assertThat(answer.json().at("/detail/0/loc")).isEqualTo(Json.MAPPER.valueToTree(place));
    }
}

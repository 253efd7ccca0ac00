package dev.agentsgateway.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;

/** Chats whose answer is one JSON document. */
final class WholeChats {
    private WholeChats() {}

    static TestGateway.Answer chat(TestGateway gateway, String agent, TestGateway.BodyChange change) {
        return gateway.chat(agent, "Hi", body -> {
            body.put("stream", false);
            change.apply(body);
        });
    }

    /** A chat that succeeds; what the model was asked. */
    static JsonNode asked(TestGateway gateway, String agent, TestGateway.BodyChange change) {
        gateway.model().reply(Reply.text("ok"));
        TestGateway.Answer answer = chat(gateway, agent, change);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().get("status").asText()).as(answer.body()).isEqualTo("COMPLETED");
        return gateway.model().requests().getLast().body();
    }
}

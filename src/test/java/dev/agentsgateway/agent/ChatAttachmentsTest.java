package dev.agentsgateway.agent;

import static dev.agentsgateway.agent.WholeChats.asked;
import static dev.agentsgateway.agent.WholeChats.chat;
import static dev.agentsgateway.app.Answers.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.common.Json;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A chat's attachments: what the model is shown and what is refused. Every test uses an agent of its own. */
class ChatAttachmentsTest {
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 1, 2, 3};
    private static final byte[] PDF = "%PDF-1.7 something".getBytes(StandardCharsets.US_ASCII);

    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static ObjectNode image(byte[] data, String type) {
        ObjectNode image = Json.object().put("content", Base64.getEncoder().encodeToString(data));
        return type == null ? image : image.put("mime_type", type);
    }

    @Test
    void attachmentsAreShownInTheReferencesOrderAndReplayed() {
        gateway.createAgent("media", "A template.");
        JsonNode asked = asked(
                gateway,
                "media",
                body -> body.putArray("images")
                        .add(image(PNG, "image/png"))
                        .add(image(PDF, "application/pdf; x=y"))
                        .add(image(PNG, null)));
        String png = "data:image/png;base64," + Base64.getEncoder().encodeToString(PNG);
        JsonNode parts = asked.at("/messages/1/content");
        assertThat(parts.findValuesAsText("type")).containsExactly("file", "text", "image_url", "image_url");
        assertThat(parts.at("/0/file/file_data").asText()).startsWith("data:application/pdf;base64,");
        assertThat(parts.at("/2/image_url/url").asText()).isEqualTo(png);
        assertThat(parts.at("/3/image_url/url").asText()).isEqualTo(png);
        JsonNode next = asked(gateway, "media", body -> body.put("message", "And now?"));
        assertThat(next.at("/messages/1/content")).isEqualTo(parts);
        assertThat(next.at("/messages/3/content").asText()).isEqualTo("And now?");
        Integer stored = gateway.database()
                .with(handle -> handle.createQuery(
                                "SELECT count(*) FROM ai.attachments a JOIN ai.sessions s ON s.id = a.session"
                                        + " WHERE s.owner_id = 'media'")
                        .mapTo(Integer.class)
                        .one());
        assertThat(stored).isEqualTo(2);
    }

    @Test
    void dataUrlsAndUrlSafeBase64AreRead() {
        gateway.createAgent("data-urls", "A template.");
        byte[] bytes = {(byte) 0xff, (byte) 0xfe, (byte) 0xfb, 1};
        JsonNode asked = asked(
                gateway,
                "data-urls",
                body -> body.putArray("images")
                        .add(Json.object()
                                .put(
                                        "content",
                                        "data:image/jpg;base64,"
                                                + Base64.getUrlEncoder()
                                                        .withoutPadding()
                                                        .encodeToString(bytes))));
        assertThat(asked.at("/messages/1/content/1/image_url/url").asText())
                .isEqualTo("data:image/jpeg;base64," + Base64.getEncoder().encodeToString(bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"content\":\"§$%&\",\"mime_type\":\"image/png\"}",
                "{\"content\":\"\",\"mime_type\":\"image/png\"}",
                "{\"content\":\"data:image/png;base64\"}",
                "{\"content\":\"A\"}",
            })
    void badBase64IsRefusedAtItsPlace(String image) {
        if (gateway.get("/v2/agents/bad-base64").status() == 404) {
            gateway.createAgent("bad-base64", "A template.");
        }
        for (boolean stream : new boolean[] {true, false}) {
            assertProblem(
                    gateway.chat(
                            "bad-base64",
                            "Hi",
                            body -> body.put("stream", stream)
                                    .putArray("images")
                                    .add(image(PNG, "image/png"))
                                    .add(Json.read(image))),
                    "value_error",
                    "body",
                    "images",
                    1,
                    "content");
        }
    }

    @Test
    void unknownTypesMissingContentAndTooManyAreRefused() {
        gateway.createAgent("bad-media", "A template.");
        assertProblem(
                chat(gateway, "bad-media", body -> body.putArray("images").add(image(PNG, "image/tiff"))),
                "value_error",
                "body",
                "images",
                0,
                "mime_type");
        assertProblem(
                chat(gateway, "bad-media", body -> body.putArray("images").add(image(new byte[] {1, 2, 3}, ""))),
                "value_error",
                "body",
                "images",
                0,
                "mime_type");
        assertProblem(
                chat(gateway, "bad-media", body -> body.putArray("images").addObject()),
                "missing",
                "body",
                "images",
                0,
                "content");
        assertProblem(
                chat(gateway, "bad-media", body -> {
                    var images = body.putArray("images");
                    for (int i = 0; i < 21; i++) {
                        images.add(image(PNG, null));
                    }
                }),
                "value_error",
                "body",
                "images");
        byte[] half = Arrays.copyOf(PNG, 11 << 20);
        assertProblem(
                chat(
                        gateway,
                        "bad-media",
                        body -> body.putArray("images").add(image(half, null)).add(image(half, null))),
                "value_error",
                "body",
                "images",
                1,
                "content");
    }
}

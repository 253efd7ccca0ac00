package dev.agentsgateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.DatabaseSettings;
import dev.agentsgateway.db.TestDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A gateway on a database that the Python gateway made, with rows in it: it serves them. */
class ReferenceDatabaseTest {
    /** Its hash is put into the reference's rows. */
    private static final String OLD_KEY = "agw_made-by-the-reference";

    @ParameterizedTest
    @ValueSource(strings = {"reference-by-script", "reference-by-application"})
    void servesWhatIsThere(String variant) throws Exception {
        DatabaseSettings settings = TestDatabase.createEmpty();
        try {
            execute(settings, resource(variant), resource("reference-rows"), """
                    update api_keys set key_hash = encode(sha256('%s'), 'hex'), scopes = null
                    where name = 'first key'
                    """.formatted(OLD_KEY));
            try (TestGateway gateway = TestGateway.startOn(settings, Map.of())) {
                agentsAndPromptsAreServed(gateway);
                keysAreServed(gateway);
                agentsChat(gateway);
                itsKeysCanBeBound(gateway, settings);
                everythingCanBeChanged(gateway);
            }
        } finally {
            TestDatabase.drop(settings);
        }
    }

    private static void agentsAndPromptsAreServed(TestGateway gateway) {
        TestGateway.Answer list = gateway.get("/v2/agents");
        assertThat(list.json().findValuesAsText("id")).containsExactly("clerk");
        assertThat(list.json().at("/0/config/enable_memory").asBoolean()).isFalse();
        assertThat(list.json().at("/0/template").asText()).isNotEmpty();
        assertThat(gateway.get("/v2/agents/retired").status()).isEqualTo(404);
        TestGateway.Answer prompt = gateway.get("/v2/prompts/clerk");
        assertThat(prompt.status()).isEqualTo(200);
        assertThat(prompt.json().get("template")).isEqualTo(list.json().at("/0/template"));
    }

    private static void keysAreServed(TestGateway gateway) {
        assertThat(gateway.send("GET", "/v2/agents", null, Map.of("X-API-Key", OLD_KEY))
                        .status())
                .isEqualTo(200);
        TestGateway.Answer keys = gateway.admin("GET", "/admin/api-keys?include_inactive=true", null);
        assertThat(keys.json().get("api_keys").findValuesAsText("name")).contains("first key", "revoked key");
    }

    private static void agentsChat(TestGateway gateway) {
        gateway.model().reply(Reply.text("Filed."));
        TestGateway.Answer answer = gateway.chat("clerk", "File this", body -> body.put("stream", false));
        assertThat(answer.json().get("content").asText()).isEqualTo("Filed.");
        assertThat(answer.json().get("status").asText()).isEqualTo("COMPLETED");
    }

    private static void itsKeysCanBeBound(TestGateway gateway, DatabaseSettings settings) throws SQLException {
        String id = gateway.admin("GET", "/admin/api-keys", null).json().findParents("name").stream()
                .filter(key -> key.get("name").asText().equals("first key"))
                .map(key -> key.get("id").asText())
                .findFirst()
                .orElseThrow();
        assertThat(gateway.admin("GET", "/admin/api-keys/" + id, null).json().has("tenant_id"))
                .as("what the reference's clients do not know")
                .isFalse();
        ObjectNode binding = Json.object().put("tenant_id", "acme");
        binding.putArray("user_ids").add("u1");
        JsonNode bound =
                gateway.admin("PATCH", "/admin/api-keys/" + id, binding).json();
        assertThat(bound.get("tenant_id")).isEqualTo(binding.get("tenant_id"));
        assertThat(bound.get("user_ids")).isEqualTo(binding.get("user_ids"));
        ObjectNode chat = TestGateway.chatBody("File this", body -> body.put("user_id", "u2"));
        assertThat(gateway.send("POST", "/v2/agents/clerk/chat", chat.toString(), Map.of("X-API-Key", OLD_KEY))
                        .status())
                .isEqualTo(403);
        execute(settings, "update api_keys set owner_id = 'as the reference does' where id = " + id, """
                insert into api_keys (key_hash, name, owner_id, scopes, rate_limit, expires_at, last_used_at, created_at,
                    updated_at, is_active)
                values ('made later', 'by the reference', null, null, 1000, null, null, now(), now(), true)""");
        assertThat(gateway.admin("GET", "/admin/api-keys", null).json().get("api_keys"))
                .anySatisfy(key -> {
                    assertThat(key.get("owner_id").asText()).isEqualTo("as the reference does");
                    assertThat(key.get("tenant_id").asText()).isEqualTo("acme");
                });
    }

    private static void everythingCanBeChanged(TestGateway gateway) {
        gateway.createAgent("retired", "You are back from retirement.");
        assertThat(gateway.patch("/v2/agents/clerk", Json.object().put("name", "Head clerk"))
                        .json()
                        .get("name")
                        .asText())
                .isEqualTo("Head clerk");
        assertThat(gateway.put("/v2/prompts/clerk", Json.object().put("template", "You file all papers."))
                        .status())
                .isEqualTo(200);
        assertThat(gateway.get("/v2/agents/clerk").json().get("template").asText())
                .isEqualTo("You file all papers.");
        assertThat(gateway.delete("/v2/agents/clerk").status()).isEqualTo(200);
    }

    private static void execute(DatabaseSettings settings, String... scripts) throws SQLException {
        String url = "jdbc:postgresql://" + settings.host() + ":" + settings.port() + "/" + settings.database();
        try (Connection connection = DriverManager.getConnection(url, settings.user(), settings.password());
                Statement statement = connection.createStatement()) {
            for (String script : scripts) {
                statement.execute(script);
            }
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = ReferenceDatabaseTest.class.getResourceAsStream("/db/" + name + ".sql")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

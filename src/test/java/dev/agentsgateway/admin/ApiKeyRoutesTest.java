package dev.agentsgateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.auth.TestClock;
import dev.agentsgateway.auth.TestGateway;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiKeyRoutesTest {
    private final TestClock clock = new TestClock("2026-03-04T05:06:07.123456Z");
    private static TestDatabase test;
    private TestGateway gateway;

    @BeforeAll
    static void open() {
        test = TestDatabase.create();
        // Without the trigger, which writes the real time, answers can be compared whole.
        test.database()
                .<Integer>with(handle -> handle.execute("drop trigger update_api_keys_updated_at on public.api_keys"));
    }

    @AfterAll
    static void drop() {
        test.close();
    }

    @BeforeEach
    void start() throws IOException {
        test.database()
                .<Integer>with(handle -> handle.execute("truncate public.api_keys, ai.rate_limits restart identity"));
        gateway = new TestGateway(test.database(), clock, false, TestGateway.ADMIN_SECRET);
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private JsonNode create(String body) {
        TestGateway.Reply reply = gateway.admin("POST", "/admin/api-keys", body);
        assertThat(reply.status()).as(reply.body()).isEqualTo(201);
        return reply.json();
    }

    private TestGateway.Reply patch(long id, String body) {
        return gateway.admin("PATCH", "/admin/api-keys/" + id, body);
    }

    private String storedScopes(long id) {
        return test.database()
                .<String>with(handle -> handle.createQuery("select scopes from public.api_keys where id = :id")
                        .bind("id", id)
                        .mapTo(String.class)
                        .findOne()
                        .orElse(null));
    }

    @Test
    void createsWithDefaults() {
        TestGateway.Reply reply = gateway.admin("POST", "/admin/api-keys", "{\"name\":\"ci\",\"unknown\":1}");
        assertThat(reply.status()).isEqualTo(201);
        String secret = reply.json().get("api_key").asText();
        assertThat(secret).matches("agw_[A-Za-z0-9_-]{43}");
        assertThat(reply.body())
                .isEqualTo("{\"id\":1,\"name\":\"ci\",\"api_key\":\"" + secret + "\",\"owner_id\":null,\"scopes\":null,"
                        + "\"rate_limit\":1000,\"expires_at\":null,\"created_at\":\"2026-03-04T05:06:07.123456\"}");
        assertThat(gateway.whoami(secret).status()).isEqualTo(200);
    }

    @Test
    void createsWithEverything() {
        JsonNode created = create("""
                {"name":"","owner_id":"team-a","scopes":["read","über"],"rate_limit":"7","expires_in_days":302}""");
        assertThat(created.get("scopes")).isEqualTo(Json.read("[\"read\",\"über\"]"));
        assertThat(created.get("rate_limit").asInt()).isEqualTo(7);
        assertThat(created.get("expires_at").asText()).isEqualTo("2026-12-31T05:06:07.123456");
        assertThat(gateway.admin("GET", "/admin/api-keys/" + created.get("id"), null)
                        .body())
                .isEqualTo(
                        "{\"id\":1,\"name\":\"\",\"owner_id\":\"team-a\",\"scopes\":[\"read\",\"über\"],\"rate_limit\":7,"
                                + "\"expires_at\":\"2026-12-31T05:06:07.123456\",\"last_used_at\":null,"
                                + "\"created_at\":\"2026-03-04T05:06:07.123456\","
                                + "\"updated_at\":\"2026-03-04T05:06:07.123456\",\"is_active\":true}");
        JsonNode empty = create("{\"name\":\"n\",\"scopes\":[],\"expires_in_days\":0,\"owner_id\":null}");
        assertThat(empty.get("scopes")).isEqualTo(Json.read("[]"));
        assertThat(empty.get("expires_at").isNull()).isTrue();
        assertThat(storedScopes(2)).isNull();
    }

    @Test
    void bindsAndUnbinds() {
        assertThat(create("{\"name\":\"n\",\"tenant_id\":null,\"user_ids\":[]}").properties())
                .as("the reference's object")
                .hasSize(8);
        JsonNode created = create("{\"name\":\"n\",\"tenant_id\":\"acme\",\"user_ids\":[\"u2\",\"u1\",\"u2\"]}");
        assertThat(created.get("tenant_id").asText()).isEqualTo("acme");
        assertThat(created.get("user_ids")).isEqualTo(Json.read("[\"u2\",\"u1\"]"));
        String secret = created.get("api_key").asText();
        assertThat(reachOf(secret, "tenant_id").asText()).isEqualTo("acme");
        assertThat(reachOf(secret, "user_ids")).hasSize(2);
        assertThat(gateway.admin("GET", "/admin/api-keys/1", null).body())
                .doesNotContain("tenant_id")
                .doesNotContain("user_ids");
        assertThat(gateway.admin("GET", "/admin/api-keys", null)
                        .json()
                        .at("/api_keys/0/tenant_id")
                        .asText())
                .isEqualTo("acme");

        assertThat(patch(2, "{\"name\":\"m\"}").json().get("tenant_id").asText())
                .as("not sent")
                .isEqualTo("acme");
        JsonNode wider = patch(2, "{\"tenant_id\":null}").json();
        assertThat(wider.has("tenant_id")).isFalse();
        assertThat(wider.get("user_ids")).hasSize(2);
        assertThat(reachOf(secret, "tenant_id").isNull()).as("at once").isTrue();
        assertThat(patch(2, "{\"tenant_id\":\"b\",\"user_ids\":[\"u9\"]}")
                        .json()
                        .get("user_ids"))
                .isEqualTo(Json.read("[\"u9\"]"));
        assertThat(patch(2, "{\"user_ids\":[]}").json().has("user_ids")).isFalse();
        assertThat(patch(2, "{\"user_ids\":[\"u9\"]}").json().has("user_ids")).isTrue();
        assertThat(patch(2, "{\"user_ids\":null}").json().has("user_ids")).isFalse();
        assertThat(reachOf(secret, "user_ids")).isEmpty();
        assertThat(gateway.send("PATCH", "/admin/api-keys/2", "{\"tenant_id\":null}", "X-API-Key", secret)
                        .status())
                .as("nobody widens their own key")
                .isEqualTo(401);
        assertThat(reachOf(secret, "tenant_id").asText()).isEqualTo("b");
    }

    private JsonNode reachOf(String secret, String member) {
        return gateway.whoami(secret).json().get("reach").get(member);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                    | missing             | ["body","name"]
            {"name":null}                         | string_type         | ["body","name"]
            {"name":5}                            | string_type         | ["body","name"]
            {"name":"<256>"}                      | string_too_long     | ["body","name"]
            {"name":"n","owner_id":"<256>"}       | string_too_long     | ["body","owner_id"]
            {"name":"n","rate_limit":null}        | int_type            | ["body","rate_limit"]
            {"name":"n","rate_limit":-1}          | greater_than_equal  | ["body","rate_limit"]
            {"name":"n","rate_limit":2147483648}  | less_than_equal     | ["body","rate_limit"]
            {"name":"n","rate_limit":"x"}         | int_parsing         | ["body","rate_limit"]
            {"name":"n","expires_in_days":-1}     | greater_than_equal  | ["body","expires_in_days"]
            {"name":"n","expires_in_days":36501}  | less_than_equal     | ["body","expires_in_days"]
            {"name":"n","scopes":"read"}          | list_type           | ["body","scopes"]
            {"name":"n","scopes":[1]}             | string_type         | ["body","scopes",0]
            {"name":"n","scopes":["a",null]}      | string_type         | ["body","scopes",1]
            {"name":"n","scopes":["a","<101>"]}   | string_too_long     | ["body","scopes",1]
            {"name":"n","scopes":[<101 scopes>]}  | too_long            | ["body","scopes"]
            []                                    | model_attributes_type | ["body"]
            {"name":"n","tenant_id":""}           | string_too_short    | ["body","tenant_id"]
            {"name":"n","tenant_id":"<256>"}      | string_too_long     | ["body","tenant_id"]
            {"name":"n","tenant_id":5}            | string_type         | ["body","tenant_id"]
            {"name":"n","tenant_id":"a\\u0000"}   | value_error         | ["body","tenant_id"]
            {"name":"n","user_ids":"u"}           | list_type           | ["body","user_ids"]
            {"name":"n","user_ids":["a",""]}      | string_too_short    | ["body","user_ids",1]
            {"name":"n","user_ids":["<256>"]}     | string_too_long     | ["body","user_ids",0]
            {"name":"n","user_ids":["a",null]}    | string_type         | ["body","user_ids",1]
            {"name":"n","user_ids":[<1001 users>]} | too_long           | ["body","user_ids"]
            """)
    void refusesWhatDoesNotFit(String body, String type, String loc) {
        String sent = body.replace("<256>", "x".repeat(256))
                .replace("<101>", "x".repeat(101))
                .replace("<1001 users>", String.join(",", Collections.nCopies(1001, "\"u\"")))
                .replace("<101 scopes>", String.join(",", Collections.nCopies(101, "\"a\"")));
        TestGateway.Reply reply = gateway.admin("POST", "/admin/api-keys", sent);
        assertThat(reply.status()).as(reply.body()).isEqualTo(422);
        assertThat(reply.json().at("/detail/0/type").asText()).isEqualTo(type);
        assertThat(reply.json().at("/detail/0/loc")).isEqualTo(Json.read(loc));
        if (!sent.equals("{}") && !sent.equals("[]")) {
            create("{\"name\":\"n\"}");
            boolean noChange = body.equals("{\"name\":null}") || body.contains("\"rate_limit\":null");
            assertThat(patch(1, sent).status()).as("PATCH").isEqualTo(noChange ? 200 : 422);
        }
    }

    @Test
    void acceptsTheBounds() {
        String scopes = String.join(",", Collections.nCopies(100, "\"" + "😀".repeat(100) + "\""));
        JsonNode created = create("{\"name\":\"" + "ü".repeat(255) + "\",\"owner_id\":\"" + "o".repeat(255)
                + "\",\"rate_limit\":2147483647,\"expires_in_days\":36500,\"scopes\":[" + scopes + "]}");
        assertThat(created.get("rate_limit").asInt()).isEqualTo(Integer.MAX_VALUE);
        assertThat(created.get("expires_at").asText()).isEqualTo("2126-02-08T05:06:07.123456");
        TestGateway.Reply reply = gateway.whoami(create("{\"name\":\"n\",\"rate_limit\":2147483647}")
                .get("api_key")
                .asText());
        assertThat(reply.header("RateLimit")).startsWith("\"hour\";r=2147483646;");
    }

    @Test
    void listsNewestFirst() {
        create("{\"name\":\"a\",\"owner_id\":\"x\"}");
        clock.advance(Duration.ofMillis(876).plusNanos(544_000));
        create("{\"name\":\"b\",\"owner_id\":\"y\",\"expires_in_days\":1}");
        create("{\"name\":\"c\",\"owner_id\":\"x\"}");
        gateway.admin("DELETE", "/admin/api-keys/3", null);
        clock.advance(Duration.ofDays(2));

        assertThat(names("")).containsExactly("b", "a");
        assertThat(names("?include_inactive=yes")).containsExactly("c", "b", "a");
        assertThat(names("?owner_id=x")).containsExactly("a");
        assertThat(names("?owner_id=x&include_inactive=1")).containsExactly("c", "a");
        assertThat(names("?owner_id=")).containsExactly("b", "a");
        assertThat(names("?owner_id=nobody")).isEmpty();
        TestGateway.Reply wrong = gateway.admin("GET", "/admin/api-keys?include_inactive=maybe", null);
        assertThat(wrong.status()).isEqualTo(422);
        assertThat(wrong.json().at("/detail/0/type").asText()).isEqualTo("bool_parsing");

        TestGateway.Reply all = gateway.admin("GET", "/admin/api-keys", null);
        assertThat(all.json().get("total").asInt()).isEqualTo(2);
        assertThat(all.json().at("/api_keys/0/created_at").asText())
                .as("whole seconds")
                .isEqualTo("2026-03-04T05:06:08");
        assertThat(all.body()).doesNotContain("hash").doesNotContain("agw_");
    }

    private List<String> names(String query) {
        JsonNode list = gateway.admin("GET", "/admin/api-keys" + query, null).json();
        assertThat(list.get("total").asInt()).isEqualTo(list.get("api_keys").size());
        return list.get("api_keys").findValuesAsText("name");
    }

    @ParameterizedTest
    @CsvSource({"99", "0", "-1", "2147483648", "4294967297", "9223372036854775807"})
    void answers404ForKeysThatAreNot(String id) {
        create("{\"name\":\"n\"}");
        for (TestGateway.Reply reply : List.of(
                gateway.admin("GET", "/admin/api-keys/" + id, null),
                gateway.admin("PATCH", "/admin/api-keys/" + id, "{}"),
                gateway.admin("DELETE", "/admin/api-keys/" + id, null),
                gateway.admin("DELETE", "/admin/api-keys/" + id + "?permanent=true", null))) {
            assertThat(reply.status()).isEqualTo(404);
            assertThat(reply.body()).isEqualTo("{\"detail\":\"API key " + id + " not found\"}");
        }
    }

    @Test
    void idsAreNumbers() {
        TestGateway.Reply reply = gateway.admin("GET", "/admin/api-keys/seven", null);
        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().at("/detail/0/type").asText()).isEqualTo("int_parsing");
        assertThat(reply.json().at("/detail/0/loc")).isEqualTo(Json.read("[\"path\",\"key_id\"]"));
    }

    @Test
    void changesOnlyWhatIsGiven() {
        create("{\"name\":\"n\",\"owner_id\":\"o\",\"scopes\":[\"a\"],\"rate_limit\":5,\"expires_in_days\":1}");
        clock.advance(Duration.ofMinutes(1));
        String before = gateway.admin("GET", "/admin/api-keys/1", null).body();
        assertThat(patch(1, "{}").body()).isEqualTo(before);
        assertThat(patch(1, """
                        {"name":null,"owner_id":null,"scopes":null,"rate_limit":null,"expires_in_days":null,"is_active":null}""").body()).isEqualTo(before);
        assertThat(patch(1, "{\"name\":\"n\",\"rate_limit\":5,\"scopes\":[\"a\"],\"is_active\":true}")
                        .body())
                .as("the same values are no change")
                .isEqualTo(before);
        assertThat(patch(1, """
                        {"name":"m","owner_id":"p","scopes":["b","c"],"rate_limit":0,"expires_in_days":2,"is_active":false}""").body())
                .isEqualTo("{\"id\":1,\"name\":\"m\",\"owner_id\":\"p\",\"scopes\":[\"b\",\"c\"],\"rate_limit\":0,"
                        + "\"expires_at\":\"2026-03-06T05:07:07.123456\",\"last_used_at\":null,"
                        + "\"created_at\":\"2026-03-04T05:06:07.123456\","
                        + "\"updated_at\":\"2026-03-04T05:07:07.123456\",\"is_active\":false}");
        assertThat(patch(1, "{\"scopes\":[]}").json().get("scopes")).isEmpty();
        assertThat(storedScopes(1)).isEqualTo("[]");
        assertThat(patch(1, "{\"expires_in_days\":0}").json().get("expires_at").isNull())
                .isTrue();
        assertThat(patch(1, "{\"is_active\":true}").json().get("is_active").asBoolean())
                .isTrue();
    }

    @Test
    void showsWhenAKeyWasUsed() {
        JsonNode key = create("{\"name\":\"n\"}");
        clock.advance(Duration.ofSeconds(5));
        gateway.whoami(key.get("api_key").asText());
        JsonNode shown = gateway.admin("GET", "/admin/api-keys/1", null).json();
        assertThat(shown.get("last_used_at").asText()).isEqualTo("2026-03-04T05:06:12.123456");
        assertThat(shown.get("updated_at").asText()).isEqualTo("2026-03-04T05:06:07.123456");
    }

    @Test
    void deletesSoftlyOrForGood() {
        create("{\"name\":\"n\"}");
        for (int i = 0; i < 2; i++) {
            assertThat(gateway.admin("DELETE", "/admin/api-keys/1", null).body())
                    .isEqualTo("{\"status\":\"success\",\"message\":\"API key 1 deactivated\"}");
        }
        assertThat(gateway.admin("GET", "/admin/api-keys/1", null)
                        .json()
                        .get("is_active")
                        .asBoolean())
                .isFalse();
        TestGateway.Reply reply = gateway.admin("DELETE", "/admin/api-keys/1?permanent=true", null);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo("{\"status\":\"success\",\"message\":\"API key 1 permanently deleted\"}");
        assertThat(gateway.admin("GET", "/admin/api-keys/1", null).status()).isEqualTo(404);
    }

    @Test
    void aFailureSaysWhatFailedAndNoMore() {
        create("{\"name\":\"n\"}");
        test.database().<Integer>with(handle -> handle.execute("alter table public.api_keys rename to gone"));
        assertThat(gateway.admin("POST", "/admin/api-keys", "{\"name\":\"n\"}").body())
                .isEqualTo("{\"detail\":\"Failed to create API key\"}");
        assertThat(gateway.admin("GET", "/admin/api-keys", null).body())
                .isEqualTo("{\"detail\":\"Failed to list API keys\"}");
        assertThat(patch(1, "{\"name\":\"m\"}").body()).isEqualTo("{\"detail\":\"Failed to update API key\"}");
        TestGateway.Reply reply = gateway.admin("DELETE", "/admin/api-keys/1", null);
        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.body()).isEqualTo("{\"detail\":\"Failed to delete API key\"}");
        test.database().<Integer>with(handle -> handle.execute("alter table public.gone rename to api_keys"));
    }
}

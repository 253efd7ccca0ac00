package dev.agentsgateway.approval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.approval.StoredCalls.Call;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApprovalPageTest {
    private static ApprovalServer server;
    private static StoredCalls calls;

    @BeforeAll
    static void start() throws IOException {
        server = new ApprovalServer();
        calls = server.calls;
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void forget() {
        server.forget();
    }

    private String path(UUID requirement) {
        String url = server.links.url(server.test
                .database()
                .with(handle -> server.store.find(handle, requirement))
                .orElseThrow());
        assertThat(url).startsWith(server.url() + "/approvals/");
        return url.substring(server.url().length());
    }

    @Test
    void lookingShowsEverythingAndDecidesNothing() {
        UUID id = calls.waiting(Call.of("c").tenant("acme"));
        ApprovalServer.Reply page = server.send("GET", path(id), null);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("content-type")).isEqualTo("text/html; charset=utf-8");
        assertThat(page.body())
                .contains("Let Billing run delete_rows?", "acme", "u1", "&quot;n&quot; : 3", "in 59 minutes")
                .contains("<form method=\"post\">", "value=\"approve\"", "value=\"deny\"")
                .doesNotContain("<script", "{{");
        assertThat(server.send("HEAD", path(id), null).status()).isEqualTo(405);
        assertThat(server.send("GET", path(id) + "?decision=approve", null).status())
                .isEqualTo(200);
        assertThat(calls.column(id, "decision")).isNull();
    }

    @Test
    void theLinkToDenyPutsThatFirst() {
        UUID id = calls.waiting(Call.of("c"));
        String approve =
                server.send("GET", path(id) + "?decision=approve", null).body();
        String deny = server.send("GET", path(id) + "?decision=deny", null).body();
        assertThat(approve.indexOf("value=\"approve\"")).isLessThan(approve.indexOf("value=\"deny\""));
        assertThat(deny.indexOf("value=\"deny\"")).isLessThan(deny.indexOf("value=\"approve\""));
        assertThat(calls.column(id, "decision")).isNull();
    }

    @Test
    void isLockedDown() throws Exception {
        UUID id = calls.waiting(Call.of("c"));
        ApprovalServer.Reply page = server.send("GET", path(id), null);
        String policy = page.header("content-security-policy");
        assertThat(policy)
                .startsWith("default-src 'none'; style-src 'sha256-")
                .contains("form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'")
                .doesNotContain("unsafe", "script-src");
        assertThat(page.header("x-frame-options")).isEqualTo("DENY");
        assertThat(page.header("referrer-policy")).isEqualTo("no-referrer");
        assertThat(page.header("cache-control")).isEqualTo("no-store");
        assertThat(page.header("x-content-type-options")).isEqualTo("nosniff");
        Matcher style = Pattern.compile("<style>(.*)</style>", Pattern.DOTALL).matcher(page.body());
        assertThat(style.find()).isTrue();
        byte[] hash = java.security.MessageDigest.getInstance("SHA-256")
                .digest(style.group(1).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(policy).contains("'sha256-" + Base64.getEncoder().encodeToString(hash) + "'");
    }

    @Test
    void clickingDecides() {
        UUID yes = calls.waiting(Call.of("yes"));
        UUID no = calls.waiting(Call.of("no"));
        ApprovalServer.Reply approved = server.form(path(yes), Map.of("decision", "approve"));
        assertThat(approved.status()).isEqualTo(200);
        assertThat(approved.body()).contains("The call is approved").doesNotContain("<form");
        ApprovalServer.Reply denied = server.form(path(no), Map.of("decision", "deny", "reason", "not today, & never"));
        assertThat(denied.status()).isEqualTo(200);
        assertThat(denied.body()).contains("The call is denied");
        assertThat(calls.column(yes, "decision")).isEqualTo("approved");
        assertThat(calls.column(yes, "decided_via")).isEqualTo("page");
        assertThat(calls.column(yes, "decided_by_key")).isNull();
        assertThat(calls.column(yes, "note")).isEmpty();
        assertThat(calls.column(no, "decision")).isEqualTo("denied");
        assertThat(calls.column(no, "note")).isEqualTo("not today, & never");
    }

    @Test
    void theFirstDecisionCounts() {
        UUID id = calls.waiting(Call.of("c"));
        assertThat(server.form(path(id), Map.of("decision", "deny")).status()).isEqualTo(200);
        ApprovalServer.Reply again = server.form(path(id), Map.of("decision", "approve"));
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.body()).contains("This call was already denied");
        ApprovalServer.Reply look = server.send("GET", path(id), null);
        assertThat(look.status()).isEqualTo(409);
        assertThat(look.body()).contains("This call was already denied").doesNotContain("<form");
        assertThat(calls.column(id, "decision")).isEqualTo("denied");
    }

    @Test
    void aRunThatHasEndedIsOver() {
        UUID id = calls.waiting(Call.of("c"));
        calls.update(id, "decision = 'cancelled', decided_at = now()");
        ApprovalServer.Reply page = server.form(path(id), Map.of("decision", "approve"));
        assertThat(page.status()).isEqualTo(409);
        assertThat(page.body()).contains("The run has ended");
    }

    @Test
    void anExpiredCallIsGone() {
        UUID id = calls.waiting(Call.of("c"));
        String path = path(id);
        calls.expire(id);
        for (ApprovalServer.Reply page :
                List.of(server.send("GET", path, null), server.form(path, Map.of("decision", "approve")))) {
            assertThat(page.status()).isEqualTo(410);
            assertThat(page.body()).contains("It is too late to decide").doesNotContain("<form");
        }
        assertThat(calls.column(id, "decision")).isNull();
    }

    @Test
    void anExpiredLinkOpensNothingAnyMore() {
        UUID id = calls.waiting(Call.of("c"));
        String token = server.links.token(id, Instant.now().minus(Duration.ofSeconds(1)));
        for (ApprovalServer.Reply page : List.of(
                server.send("GET", "/approvals/" + token, null),
                server.form("/approvals/" + token, Map.of("decision", "approve")))) {
            assertThat(page.status()).isEqualTo(410);
            assertThat(page.body()).contains("This link has expired").doesNotContain("delete_rows", "u1", "<form");
        }
        assertThat(calls.column(id, "decision")).isNull();
    }

    @Test
    void everyChangedCharacterOfATokenBreaksIt() {
        UUID id = calls.waiting(Call.of("c"));
        String path = path(id);
        int start = "/approvals/".length();
        for (int i = start; i < path.length(); i++) {
            char other = path.charAt(i) == 'A' ? 'B' : 'A';
            String forged = path.substring(0, i) + other + path.substring(i + 1);
            assertThat(server.form(forged, Map.of("decision", "approve")).status())
                    .as("changed at %d", i - start)
                    .isEqualTo(404);
        }
        assertThat(calls.column(id, "decision")).isNull();
        assertThat(server.send("GET", path, null).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "AAAA", "%20", "..%2e", "QUFBQQ=="})
    void whatIsNoTokenOpensNothing(String token) {
        ApprovalServer.Reply page = server.send("GET", "/approvals/" + token, null);
        assertThat(page.status()).isEqualTo(404);
        assertThat(page.body()).contains("This link opens nothing").doesNotContain("{{");
    }

    @Test
    void anotherSecretOpensNothing() {
        UUID id = calls.waiting(Call.of("c"));
        String foreign = new ApprovalLinks("another secret".getBytes(), server::url)
                .token(id, Instant.now().plusSeconds(60));
        assertThat(server.send("GET", "/approvals/" + foreign, null).status()).isEqualTo(404);
    }

    @Test
    void allReplicasShareTheKeyThatOneHasMade() {
        UUID id = calls.waiting(Call.of("c"));
        ApprovalLinks other = ApprovalLinks.open(server.test.database(), null, () -> "http://other.test");
        String token = other.token(id, Instant.now().plusSeconds(60));
        assertThat(server.send("GET", "/approvals/" + token, null).status()).isEqualTo(200);
    }

    @Test
    void showsWhatOthersWroteAsText() {
        String evil = "<script>alert(1)</script>\"'&\u202Egpj.exe\u200B\u0007";
        UUID id = calls.waiting(Call.of("c")
                .named(evil)
                .user(evil)
                .tenant(evil)
                .tool("x<b>", Json.object().put("to<i>", evil).put("hole", "{{title}} $1 \\")));
        String page = server.send("GET", path(id), null).body();
        assertThat(page)
                .doesNotContain("<script", "<b>", "<i>", "\u202E", "\u200B", "\u0007")
                .contains("&lt;script&gt;alert(1)&lt;/script&gt;", "\\u202Egpj.exe\\u200B", "{{title}} $1 \\\\");
    }

    @Test
    void onlyAFormDecides() {
        UUID id = calls.waiting(Call.of("c"));
        String path = path(id);
        assertThat(server.send("POST", path, "{\"decision\":\"approve\"}", "Content-Type", "application/json")
                        .status())
                .isEqualTo(422);
        assertThat(server.send("POST", path, "decision=approve", "Content-Type", "text/plain")
                        .status())
                .isEqualTo(422);
        assertThat(server.send("POST", path, null).status()).isEqualTo(422);
        assertThat(server.form(path, Map.of("decision", "perhaps")).status()).isEqualTo(422);
        assertThat(server.form(path, Map.of("decision", "approve", "reason", "x".repeat(70_000)))
                        .status())
                .isEqualTo(413);
        assertThat(calls.column(id, "decision")).isNull();
    }
}

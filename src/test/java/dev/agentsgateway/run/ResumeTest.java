package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.app.TestGateway;
import dev.agentsgateway.bench.Reply;
import dev.agentsgateway.common.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ResumeTest {
    private static TestGateway gateway;
    private static TestGateway other;

    @BeforeAll
    static void start() {
        gateway = TestGateway.start(Map.of("DB_POOL_SIZE", "20"));
        other = gateway.replica();
        gateway.createAgent("a1", "You talk.");
    }

    @AfterAll
    static void stop() {
        other.close();
        gateway.close();
    }

    /** Two model turns with a tool call between them, some 130 events in about a second and a half. */
    private static void slowTalk() {
        Reply first = Reply.of();
        Reply second = Reply.of();
        for (int i = 0; i < 60; i++) {
            first = first.thenText("t" + i + " \uD83D\uDE00 é").thenPause(Duration.ofMillis(12));
            second = second.thenText("\"u" + i + "\"\n").thenPause(Duration.ofMillis(12));
        }
        Reply call = first.thenToolCall("update_session_state", "{\"session_state_updates\":{\"a\":1.5,\"b\":[null]}}");
        Reply answer = second;
        gateway.model().otherwise(request -> request.body().toString().contains("\"role\":\"tool\"") ? answer : call);
    }

    private record Told(List<String> undisturbed, List<String> pieced, int cuts) {}

    private static Told tellAndCut(String session, long seed, int cuts) throws Exception {
        Random random = new Random(seed);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                EventClient chat = EventClient.chat(gateway, "a1", session, _ -> {})) {
            Future<List<String>> undisturbed = threads.submit(chat::rest);
            List<String> pieced = new ArrayList<>();
            int made = 0;
            boolean ended = false;
            while (!ended || made < cuts) {
                TestGateway replica = made % 2 == 0 ? other : gateway;
                if (ended) {
                    // From here on the run is over: go back to any event, and read some again.
                    int back = random.nextInt(pieced.size());
                    pieced = new ArrayList<>(pieced.subList(0, back));
                }
                String last = pieced.isEmpty() ? null : EventClient.id(pieced.getLast());
                int patience = 1 + random.nextInt(5);
                try (EventClient events = EventClient.resume(replica, chat.run(), last)) {
                    assertThat(events.status()).isEqualTo(200);
                    assertThat(events.run()).isEqualTo(chat.run());
                    String frame = "";
                    for (int i = 0; frame != null && (i < patience || made >= cuts - 1); i++) {
                        frame = events.next();
                        if (frame != null) {
                            pieced.add(frame);
                        }
                    }
                    ended = ended || frame == null || frame.contains("\"event\": \"RunCompleted\"");
                }
                made++;
            }
            return new Told(undisturbed.get(), pieced, made);
        }
    }

    @Test
    void whateverTheClientDropsItGetsTheSameBytesFromAnyReplica() throws Exception {
        slowTalk();
        AtomicInteger cuts = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Told>> all = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                int number = i;
                Callable<Told> one = () -> tellAndCut("cut" + number, 42 + number, 50);
                all.add(threads.submit(one));
            }
            for (Future<Told> each : all) {
                Told told = each.get();
                assertThat(told.undisturbed()).hasSizeGreaterThan(125);
                assertThat(String.join("", told.pieced())).isEqualTo(String.join("", told.undisturbed()));
                cuts.addAndGet(told.cuts());
            }
        }
        assertThat(cuts.get()).isGreaterThanOrEqualTo(500);
    }

    @Test
    void pagesOfJsonAreTheStreamsData() {
        slowTalk();
        List<String> frames;
        String run;
        try (EventClient chat = EventClient.chat(gateway, "a1", "pages", _ -> {})) {
            run = chat.run();
            frames = chat.rest();
        }
        for (TestGateway replica : List.of(gateway, other)) {
            List<JsonNode> objects = new ArrayList<>();
            String after = "0";
            boolean ended = false;
            while (!ended) {
                TestGateway.Answer page = replica.send(
                        "GET",
                        "/v2/runs/" + run + "/events?limit=17&after=" + after,
                        null,
                        Map.of("X-API-Key", replica.apiKey(), "Accept", "application/json"));
                assertThat(page.status()).isEqualTo(200);
                assertThat(page.header("X-Run-Id")).contains(run);
                assertThat(page.json().get("run_id").asText()).isEqualTo(run);
                assertThat(page.json().get("events").size()).isBetween(1, 17);
                page.json().get("events").forEach(objects::add);
                after = page.json().get("next_after").asText();
                ended = page.json().get("ended").asBoolean();
            }
            assertThat(objects)
                    .isEqualTo(frames.stream().map(ResumeTest::object).toList());
        }
    }

    private static JsonNode object(String frame) {
        String data = frame.lines()
                .filter(line -> line.startsWith("data: "))
                .findFirst()
                .orElseThrow();
        return ((ObjectNode) Json.read(data.substring("data: ".length()))).put("id", EventClient.id(frame));
    }

    private static TestGateway.Answer events(String run, String query, Map<String, String> headers) {
        Map<String, String> all = new HashMap<>(headers);
        all.put("X-API-Key", other.apiKey());
        return other.send("GET", "/v2/runs/" + run + "/events" + query, null, all);
    }

    @Test
    void whoKnowsEverythingIsToldNotToComeAgainAndWhatIsNoIdIsRefused() {
        gateway.model().otherwise(_ -> Reply.text("Hi"));
        String run;
        List<String> frames;
        try (EventClient chat = EventClient.chat(gateway, "a1", "ids", _ -> {})) {
            run = chat.run();
            frames = chat.rest();
        }
        String last = EventClient.id(frames.getLast());
        TestGateway.Answer nothing = events(run, "", Map.of("Last-Event-ID", last));
        assertThat(nothing.status()).isEqualTo(204);
        assertThat(nothing.header("X-Run-Id")).contains(run);
        assertThat(events(run, "?after=999999", Map.of()).status()).isEqualTo(204);
        JsonNode page = events(run, "?after=" + last, Map.of("Accept", "application/json"))
                .json();
        assertThat(page.get("events")).isEmpty();
        assertThat(page.get("ended").asBoolean()).isTrue();
        // The header wins: browsers send it with the address that they had at first.
        assertThat(events(run, "?after=1", Map.of("Last-Event-ID", last)).status())
                .isEqualTo(204);
        assertThat(events(run, "?after=1", Map.of()).body())
                .isEqualTo(String.join("", frames.subList(1, frames.size())));
        for (String bad : List.of("x", "-1", "1.0", "01", "1.1", "9999999999", "1.", "1;DROP")) {
            TestGateway.Answer query = events(run, "?after=" + bad, Map.of());
            assertThat(query.status()).as(bad).isEqualTo(422);
            assertThat(query.json().at("/detail/0/loc/1").asText()).isEqualTo("after");
            TestGateway.Answer header = events(run, "", Map.of("Last-Event-ID", bad));
            assertThat(header.status()).as(bad).isEqualTo(422);
            assertThat(header.json().at("/detail/0/loc/1").asText()).isEqualTo("last-event-id");
        }
        String absent = "00000000-0000-7000-8000-000000000000";
        assertThat(events(absent, "", Map.of()).body()).isEqualTo("{\"detail\":\"Run " + absent + " not found\"}");
    }

    @Test
    void droppedEventsAreGoneAndTheResultIsNot() {
        gateway.model().otherwise(_ -> Reply.text("Hi"));
        String run = gateway.chat(
                        "a1", "Hi", body -> body.put("session_id", "gone").put("stream", false))
                .json()
                .get("run_id")
                .asText();
        gateway.database().with(handle -> handle.execute("DELETE FROM ai.run_segments WHERE run_id = ?::uuid", run));
        gateway.database().with(handle -> handle.execute("UPDATE ai.runs SET last_seq = 0 WHERE id = ?::uuid", run));
        TestGateway.Answer gone = events(run, "?after=1", Map.of());
        assertThat(gone.status()).isEqualTo(410);
        assertThat(gone.header("X-Run-Id")).contains(run);
        assertThat(gone.json().get("detail").asText()).endsWith("its result is at GET /v2/runs/" + run);
        assertThat(other.get("/v2/runs/" + run).json().get("content").asText()).isEqualTo("Hi");
    }

    @Test
    void aRunWhoseProcessDiedWithoutAnEndHasTheSameEndForEverybody() {
        gateway.model().otherwise(_ -> Reply.text("Hi"));
        String run = gateway.chat(
                        "a1", "Hi", body -> body.put("session_id", "dead").put("stream", false))
                .json()
                .get("run_id")
                .asText();
        gateway.database().with(handle -> handle.execute("""
                        UPDATE ai.run_segments SET events = '[{"type":"content","at":1000,"text":"Hi","reasoning":""}]',
                            first_seq = 1, last_seq = 1 WHERE run_id = ?::uuid
                        """, run));
        gateway.database().with(handle -> handle.execute("""
                        UPDATE ai.runs SET status = 'failed', error_code = 'interrupted', error_message = 'It stopped.',
                            last_seq = 1 WHERE id = ?::uuid
                        """, run));
        TestGateway.Answer all = events(run, "", Map.of());
        assertThat(all.eventNames()).containsExactly("RunContent", "RunError");
        assertThat(all.events().getLast().get("error_id").asText()).isEqualTo("interrupted");
        assertThat(all.body()).contains("id: 2\n");
        assertThat(events(run, "?after=1", Map.of()).eventNames()).containsExactly("RunError");
        assertThat(events(run, "?after=2", Map.of()).status()).isEqualTo(204);
    }
}

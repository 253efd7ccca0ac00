package dev.agentsgateway.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentsgateway.common.Ids;
import dev.agentsgateway.common.Reach;
import dev.agentsgateway.db.TestDatabase;
import dev.agentsgateway.http.HttpException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Ten thousand sessions, each with a run whose transcript has 100 KB; bodies are out of reach for lists. */
class RunListsTest {
    private static final int SESSIONS = 10_000;
    private static final SessionStore.Wanted ANY = new SessionStore.Wanted(null, null, null, null);

    private static TestDatabase test;
    private static Sessions sessions;
    private static RunQueries runs;

    @BeforeAll
    static void fill() {
        test = TestDatabase.create();
        sessions = new Sessions(test.database());
        runs = new RunQueries(test.database());
        test.database().transact(handle -> {
            handle.execute("""
                    INSERT INTO ai.sessions (kind, owner_id, user_id, session_id, realm, tenant_id, state, turn, created_at,
                        updated_at)
                    SELECT CASE WHEN n % 5 = 0 THEN 'team' ELSE 'agent' END, 'a' || n % 10, 'u' || n % 100, 's' || n,
                        CASE WHEN n % 4 = 0 THEN 't1' ELSE '' END, CASE WHEN n % 4 = 0 THEN 't1' END, '{}', 1, now(), now()
                    FROM generate_series(1, ?) AS n
                    """, SESSIONS);
            handle.execute("""
                    INSERT INTO ai.runs (id, session, turn, status, model, request, created_at, started_at)
                    SELECT (lpad(to_hex(1700000000000 + id * 1000), 12, '0') || '70008' || lpad(id::text, 15, '0'))::uuid,
                        id, 1, (ARRAY['completed', 'completed', 'failed', 'cancelled', 'paused'])[1 + id % 5], 'm', '{}',
                        to_timestamp(1700000000 + id), to_timestamp(1700000000 + id)
                    FROM ai.sessions
                    """);
            handle.execute("""
                    INSERT INTO ai.messages (run_id, seq, role, body, created_at)
                    SELECT id, 0, 'user', json_build_object('parts', json_build_array(json_build_object('text', long))), now()
                    FROM ai.runs, (SELECT repeat('x', 100000) AS long) l
                    """);
            return null;
        });
        test.database().with(handle -> handle.execute("ANALYZE ai.sessions, ai.runs, ai.messages"));
    }

    @AfterAll
    static void drop() {
        test.close();
    }

    private static void median(String what, Supplier<?> work) {
        List<Long> micros = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            long from = System.nanoTime();
            assertThat(work.get()).isNotNull();
            micros.add((System.nanoTime() - from) / 1000);
        }
        long median = micros.stream().sorted().toList().get(7);
        assertThat(median).as(what).isLessThan(50_000);
    }

    @Test
    void listsOfTenThousandSessionsAreQuickAndReadNoBodies() {
        List<String> hidden = List.of(
                "TABLE ai.messages RENAME TO hidden_messages",
                "TABLE ai.run_segments RENAME TO hidden_segments",
                "TABLE ai.attachments RENAME TO hidden_attachments",
                "TABLE ai.sessions RENAME COLUMN state TO hidden_state",
                "TABLE ai.runs RENAME COLUMN request TO hidden_request");
        hidden.forEach(what -> test.database().with(handle -> handle.execute("ALTER " + what)));
        try {
            SessionStore.Wanted agent = new SessionStore.Wanted(SessionKey.Kind.AGENT, "a3", null, null);
            SessionStore.Wanted user = new SessionStore.Wanted(null, null, "u7", null);
            Reach tenant = new Reach("t1", Set.of());
            median("all sessions", () -> sessions.list(ANY, Reach.ALL, null, 200));
            median("an agent's sessions", () -> sessions.list(agent, Reach.ALL, null, 200));
            median("a user's sessions", () -> sessions.list(user, Reach.ALL, null, 200));
            median("a tenant's sessions", () -> sessions.list(ANY, tenant, null, 200));
            median("all runs", () -> runs.list(wanted(null, null, null), Reach.ALL, null, 200));
            median("failed runs", () -> runs.list(wanted(null, null, RunStatus.FAILED), Reach.ALL, null, 200));
            median("a user's runs", () -> runs.list(wanted(null, "u7", null), Reach.ALL, null, 200));
            median("a session's runs", () -> runs.list(wanted("s77", null, null), Reach.ALL, null, 200));
            median("a tenant's runs", () -> runs.list(wanted(null, null, null), tenant, null, 200));
            assertThat(sessions.list(ANY, Reach.ALL, null, 200).items()).hasSize(200);
        } finally {
            for (String what : hidden) {
                String[] words = what.split(" ");
                String back = words[3].equals("COLUMN")
                        ? "TABLE " + words[1] + " RENAME COLUMN " + words[6] + " TO " + words[4]
                        : "TABLE ai." + words[4] + " RENAME TO " + words[1].substring(3);
                test.database().with(handle -> handle.execute("ALTER " + back));
            }
        }
    }

    private static RunListStore.Wanted wanted(String session, String user, RunStatus status) {
        return new RunListStore.Wanted(null, null, session, user, status, null, null);
    }

    @Test
    void everythingThatWasThereIsListedOnceWhileMoreComes() {
        List<Long> listed = new ArrayList<>();
        String cursor = null;
        int made = 0;
        do {
            Page<SessionStore.Row> page = sessions.list(ANY, new Reach(null, Set.of("u1", "u2")), cursor, 37);
            page.items().stream().filter(row -> row.sessionId().startsWith("s")).forEach(row -> listed.add(row.id()));
            cursor = page.next();
            String fresh = "new" + made++;
            test.database().with(handle -> handle.execute("""
                    INSERT INTO ai.sessions (kind, owner_id, user_id, session_id, state, turn, created_at, updated_at)
                    VALUES ('agent', 'a1', 'u1', ?, '{}', 0, now(), now())
                    """, fresh));
        } while (cursor != null);
        test.database().with(handle -> handle.execute("DELETE FROM ai.sessions WHERE session_id LIKE 'new%'"));
        assertThat(listed)
                .hasSize(SESSIONS / 50)
                .doesNotHaveDuplicates()
                .isSortedAccordingTo((a, b) -> Long.compare(b, a));

        Set<UUID> seen = new HashSet<>();
        List<RunListStore.Row> all = new ArrayList<>();
        do {
            Page<RunListStore.Row> page = runs.list(wanted(null, "u7", null), Reach.ALL, cursor, 30);
            all.addAll(page.items());
            cursor = page.next();
            page.items().forEach(row -> assertThat(seen.add(row.id())).isTrue());
        } while (cursor != null);
        assertThat(all)
                .hasSize(SESSIONS / 100)
                .isSortedAccordingTo((a, b) -> b.createdAt().compareTo(a.createdAt()));
    }

    @Test
    void filtersNarrowAndWhatIsForeignIsAbsent() {
        LocalDateTime from = LocalDateTime.ofEpochSecond(1_700_000_000L + 100, 0, ZoneOffset.UTC);
        RunListStore.Wanted times = new RunListStore.Wanted(null, null, null, null, null, from, from.plusSeconds(11));
        assertThat(runs.list(times, Reach.ALL, null, 200).items()).hasSize(10);
        RunListStore.Wanted team =
                new RunListStore.Wanted(SessionKey.Kind.TEAM, "a5", null, null, RunStatus.COMPLETED, null, null);
        assertThat(runs.list(team, Reach.ALL, null, 200).items())
                .isNotEmpty()
                .allMatch(run ->
                        run.kind() == SessionKey.Kind.TEAM && run.ownerId().equals("a5"));
        Reach tenant = new Reach("t1", Set.of());
        Reach users = new Reach("t1", Set.of("u4", "u8"));
        assertThat(runs.list(wanted(null, null, null), tenant, null, 200).items())
                .hasSize(200)
                .allMatch(run -> run.tenantId().equals("t1"));
        assertThat(sessions.list(ANY, users, null, 200).items())
                .hasSize(200)
                .allMatch(session -> Set.of("u4", "u8").contains(session.userId()));
        assertThat(runs.list(wanted(null, "u5", null), users, null, 200).items())
                .isEmpty();
        RunListStore.Row foreign =
                runs.list(wanted("s1", null, null), Reach.ALL, null, 1).items().getFirst();
        String absent = Ids.timeOrdered().toString();
        assertThatThrownBy(() -> runs.get(foreign.id().toString(), tenant))
                .hasMessage("Run " + foreign.id() + " not found");
        assertThatThrownBy(() -> runs.get(absent, tenant)).hasMessage("Run " + absent + " not found");
        String session = Long.toString(foreign.session());
        assertThatThrownBy(() -> sessions.get(session, tenant)).hasMessage("Session " + session + " not found");
        assertThatThrownBy(() -> sessions.messages(session, tenant, null, 10)).isInstanceOf(HttpException.class);
        assertThatThrownBy(() -> sessions.delete(session, tenant)).hasMessage("Session " + session + " not found");
        assertThatThrownBy(() -> sessions.clear(session, tenant)).hasMessage("Session " + session + " not found");
        assertThat(sessions.clear(SessionKey.Kind.AGENT, "a1", null, "s1", tenant))
                .isZero();
        assertThat(sessions.get(session, Reach.ALL).sessionId()).isEqualTo("s1");
    }

    @Test
    void aCursorOfAnotherListIsRefused() {
        String cursor = sessions.list(ANY, Reach.ALL, null, 1).next();
        for (String wrong : List.of(cursor, "x", "%%%", "cnVuczpub25l")) {
            assertThatThrownBy(() -> runs.list(wanted(null, null, null), Reach.ALL, wrong, 1))
                    .as(wrong)
                    .isInstanceOfSatisfying(
                            HttpException.class, e -> assertThat(e.status()).isEqualTo(422));
        }
    }
}

package dev.agentsgateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentsgateway.common.Reach;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.db.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ApiKeysTest {
    private final TestClock clock = new TestClock("2026-03-04T05:06:07.123456Z");
    private final TestDatabase test = TestDatabase.create();
    private final ApiKeys keys = new ApiKeys(test.database(), clock);

    @AfterEach
    void drop() {
        keys.close();
        test.close();
    }

    private static boolean works(ApiKeys keys, ApiKeys.Created key) {
        return keys.authenticate(key.secret()).isPresent();
    }

    private static boolean soon(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(5);
        }
        return true;
    }

    private ApiKeyChange activate(boolean active) {
        return new ApiKeyChange(null, null, null, null, null, active, null, null);
    }

    private long updates() {
        return test.database()
                .<Long>with(handle -> handle.createQuery("select count(*) from updates")
                        .mapTo(Long.class)
                        .one());
    }

    private void countUpdates() {
        test.database().<Integer>with(handle -> handle.execute("create table updates (n integer)"));
        test.database().<Integer>with(handle -> handle.execute("""
                create function count_update() returns trigger language plpgsql as
                $$ begin insert into updates values (1); return null; end $$"""));
        test.database().<Integer>with(handle -> handle.execute("""
                create trigger counting after update on public.api_keys
                for each row execute function count_update()"""));
    }

    @Test
    void keepsOnlyTheHash() {
        ApiKeys.Created key = keys.create("ci", null, null, 1000, null);
        String row = test.database()
                .<String>with(handle -> handle.createQuery("select k::text from public.api_keys k")
                        .mapTo(String.class)
                        .one());
        assertThat(row).doesNotContain(key.secret().substring(4));
        String hash = test.database()
                .<String>with(handle -> handle.createQuery("""
                        select encode(sha256(convert_to(:key, 'UTF8')), 'hex') = key_hash from public.api_keys""")
                        .bind("key", key.secret())
                        .mapTo(String.class)
                        .one());
        assertThat(hash).isEqualTo("t");
    }

    @Test
    void replicasSeeEachOthersChangesWithinASecond() throws InterruptedException {
        try (Database second = Database.open(test.settings());
                ApiKeys other = new ApiKeys(second, clock)) {
            ApiKeys.Created key = keys.create("ci", null, List.of("read"), 0, null);
            int id = key.key().id();
            assertThat(works(keys, key)).isTrue();
            assertThat(works(other, key)).isTrue();

            keys.deactivate(id);
            assertThat(works(keys, key)).isFalse();
            assertThat(soon(() -> !works(other, key))).isTrue();

            other.change(id, activate(true));
            assertThat(works(other, key)).isTrue();
            assertThat(soon(() -> works(keys, key)))
                    .as("although it was remembered as unknown")
                    .isTrue();

            keys.change(id, new ApiKeyChange(null, "b", List.of("write"), 5, 1, null, null, null));
            assertThat(soon(() -> {
                        Credential seen = other.authenticate(key.secret()).orElseThrow();
                        return seen.limit() == 5
                                && seen.caller().scopes().contains("write")
                                && "b".equals(seen.caller().ownerId())
                                && LocalDateTime.parse("2026-03-05T05:06:07.123456")
                                        .equals(seen.expiresAt());
                    }))
                    .isTrue();

            other.remove(id);
            assertThat(soon(() -> !works(keys, key))).isTrue();
        }
    }

    private ApiKeyChange bind(String tenantId, List<String> userIds) {
        return new ApiKeyChange(null, null, null, null, null, null, tenantId, userIds);
    }

    private static Reach reach(ApiKeys keys, ApiKeys.Created key) {
        return keys.authenticate(key.secret()).orElseThrow().caller().reach();
    }

    @Test
    void replicasSeeAChangedBindingWithinASecond() throws InterruptedException {
        try (Database second = Database.open(test.settings());
                ApiKeys other = new ApiKeys(second, clock)) {
            ApiKeys.Created key = keys.create("ci", null, null, 0, null);
            int id = key.key().id();
            assertThat(reach(keys, key)).isEqualTo(Reach.ALL);
            assertThat(reach(other, key)).isEqualTo(Reach.ALL);

            keys.change(id, bind("acme", List.of("u1", "u2", "u1")));
            Reach narrow = new Reach("acme", Set.of("u1", "u2"));
            assertThat(reach(keys, key)).as("here at once").isEqualTo(narrow);
            assertThat(soon(() -> reach(other, key).equals(narrow))).isTrue();

            other.change(id, bind("other", null));
            assertThat(soon(() -> reach(keys, key).equals(new Reach("other", Set.of("u1", "u2")))))
                    .isTrue();
            keys.change(id, bind("", List.of()));
            assertThat(soon(() -> reach(other, key).equals(Reach.ALL))).isTrue();
        }
    }

    @Test
    void twoChangesAtOnceBothHold() throws Exception {
        int id = keys.create("raced", null, null, 0, null).key().id();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                String tenant = "t" + i;
                List<String> users = List.of("u" + i);
                Future<?> first = threads.submit(() -> keys.change(id, bind(tenant, null)));
                Future<?> second = threads.submit(() -> keys.change(id, bind(null, users)));
                first.get();
                second.get();
                ApiKey after = keys.get(id).orElseThrow();
                assertThat(after.tenantId()).isEqualTo(tenant);
                assertThat(after.userIds()).isEqualTo(users);
            }
        }
    }

    @Test
    void aBindingThatStaysWritesNothing() {
        int id = keys.create("bound", null, null, 0, null, "acme", List.of("b", "a"))
                .key()
                .id();
        countUpdates();
        keys.change(id, bind("acme", List.of("b", "a")));
        keys.change(id, bind(null, null));
        assertThat(updates()).isZero();
        keys.change(id, activate(false));
        assertThat(keys.get(id).orElseThrow().tenantId()).isEqualTo("acme");
        assertThat(keys.get(id).orElseThrow().userIds()).containsExactly("b", "a");
    }

    @Test
    void noBindingIsStoredThatSaysSomethingElseThanItMeans() {
        keys.create("bound", null, null, 0, null);
        for (String damage : List.of("tenant_id = ''", "user_ids = '{}'", "user_ids = '{a,null}'")) {
            assertThatThrownBy(() -> test.database()
                            .<Integer>with(handle -> handle.execute("update public.api_keys set " + damage)))
                    .as(damage)
                    .hasMessageContaining("check constraint");
        }
    }

    @Test
    void cachedKeysWorkWhileTheDatabaseIsAway() throws Exception {
        ApiKeys.Created used = keys.create("used", null, null, 0, null);
        ApiKeys.Created unused = keys.create("unused", null, null, 0, null);
        try (CuttableProxy proxy = new CuttableProxy(
                        test.settings().host(), test.settings().port());
                Database cuttable = Database.open(Outage.through(proxy, test.settings()));
                ApiKeys replica = new ApiKeys(cuttable, clock)) {
            assertThat(works(replica, used)).isTrue();
            proxy.cut();
            assertThat(works(replica, used)).isTrue();
            assertThatThrownBy(() -> replica.authenticate(unused.secret()))
                    .isInstanceOf(DatabaseUnavailableException.class);
            assertThatThrownBy(() -> replica.authenticate("guess")).isInstanceOf(DatabaseUnavailableException.class);

            keys.deactivate(used.key().id());
            proxy.mend();
            assertThat(soonAfterReconnecting(() -> !works(replica, used)))
                    .as("a change that was missed is seen after the connection is restored")
                    .isTrue();
            assertThat(works(replica, unused)).isTrue();
        }
    }

    private static boolean soonAfterReconnecting(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 8; i++) {
            if (soon(condition)) {
                return true;
            }
        }
        return false;
    }

    @Test
    void manyUsesAreOneUpdateThatIsNoChange() throws Exception {
        ApiKeys.Created key = keys.create("busy", null, null, 0, null);
        countUpdates();
        clock.advance(Duration.ofMinutes(5));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> uses = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                uses.add(threads.submit(() -> works(keys, key)));
            }
            for (Future<Boolean> use : uses) {
                assertThat(use.get()).isTrue();
            }
        }
        LocalDateTime used = LocalDateTime.parse("2026-03-04T05:11:07.123456");
        assertThat(keys.get(key.key().id()).orElseThrow().lastUsedAt())
                .as("at once")
                .isEqualTo(used);
        for (int i = 0; i < 6 && updates() == 0; i++) {
            soon(() -> updates() > 0);
        }
        assertThat(updates()).isEqualTo(1);
        clock.advance(Duration.ofSeconds(1));
        assertThat(works(keys, key)).isTrue();
        Thread.sleep(3500);
        assertThat(updates()).as("within a minute").isEqualTo(1);
        keys.close();
        ApiKey row = new ApiKeyStore(test.database()).get(key.key().id()).orElseThrow();
        assertThat(row.lastUsedAt()).isEqualTo(used.plusSeconds(1));
        assertThat(row.updatedAt()).isEqualTo(key.key().updatedAt());
    }

    @Test
    void aChangeThatChangesNothingWritesNothing() {
        ApiKeys.Created key = keys.create("same", "o", List.of("a", "b"), 5, 1);
        int id = key.key().id();
        test.database().<Integer>with(handle -> handle.execute("""
                update public.api_keys set scopes = '["a", "b"]', last_used_at = '2026-01-01'"""));
        countUpdates();
        keys.change(id, new ApiKeyChange("same", "o", List.of("a", "b"), 5, null, true, "", List.of()));
        keys.change(id, new ApiKeyChange(null, null, null, null, null, null, null, null));
        assertThat(updates()).isZero();
        keys.deactivate(id);
        keys.deactivate(id);
        assertThat(updates()).isEqualTo(1);
        assertThat(keys.change(id, new ApiKeyChange(null, null, List.of(), null, 0, true, null, null))
                        .orElseThrow())
                .satisfies(changed -> {
                    assertThat(changed.scopes()).isEmpty();
                    assertThat(changed.storedScopes()).isEqualTo("[]");
                    assertThat(changed.expiresAt()).isNull();
                    assertThat(changed.isActive()).isTrue();
                    assertThat(changed.updatedAt()).isAfter(key.key().updatedAt());
                });
    }

    @Test
    void worksOnTablesWithoutDefaultsAndTriggers() {
        test.database().<Integer>with(handle -> handle.execute("""
                alter table public.api_keys alter rate_limit drop default, alter created_at drop default,
                    alter updated_at drop default, alter is_active drop default"""));
        test.database()
                .<Integer>with(handle -> handle.execute("drop trigger update_api_keys_updated_at on public.api_keys"));
        ApiKeys.Created key = keys.create("orm", null, null, 7, null);
        LocalDateTime made = LocalDateTime.parse("2026-03-04T05:06:07.123456");
        assertThat(key.key().createdAt()).isEqualTo(made);
        assertThat(key.key().updatedAt()).isEqualTo(made);
        assertThat(works(keys, key)).isTrue();
        clock.advance(Duration.ofSeconds(1));
        assertThat(keys.change(key.key().id(), activate(false)).orElseThrow().updatedAt())
                .isEqualTo(made.plusSeconds(1));
    }

    @Test
    void readsKeysOfTheReference() {
        test.database().<Integer>with(handle -> handle.execute("""
                insert into public.api_keys
                    (key_hash, name, scopes, rate_limit, expires_at, created_at, updated_at, is_active)
                values (encode(sha256('not prefixed'), 'hex'), 'old', '["read", "write"]', null, null, now(), now(), true),
                    (encode(sha256('negative'), 'hex'), 'odd', 'rubbish', -5, null, now(), now(), true)"""));
        Credential old = keys.authenticate("not prefixed").orElseThrow();
        assertThat(old.caller().scopes()).containsExactlyInAnyOrder("read", "write");
        assertThat(old.limit()).isZero();
        Credential odd = keys.authenticate("negative").orElseThrow();
        assertThat(odd.limit()).isZero();
        assertThat(odd.caller().scopes()).containsExactly("rubbish");
        assertThat(keys.get(odd.caller().keyId()).orElseThrow().scopes()).isEmpty();
    }

    @Test
    void failuresDoNotRepeatWhatWasBound() {
        test.database().<Integer>with(handle -> handle.execute("""
                alter table public.api_keys add constraint no_secrets check (name <> 'canary'), add unique (owner_id)"""));
        keys.create("first", "canary", null, 0, null);
        for (String[] nameAndOwner : new String[][] {{"canary", "o"}, {"second", "canary"}}) {
            assertThatThrownBy(() -> keys.create(nameAndOwner[0], nameAndOwner[1], null, 0, null))
                    .hasMessageContaining("violates")
                    .satisfies(e -> {
                        StringWriter logged = new StringWriter();
                        e.printStackTrace(new PrintWriter(logged));
                        assertThat(logged.toString()).doesNotContain("canary");
                    });
        }
    }
}

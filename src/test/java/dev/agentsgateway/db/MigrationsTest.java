package dev.agentsgateway.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.assertj.core.data.TemporalUnitOffset;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationsTest {
    private final DatabaseSettings settings = TestDatabase.createEmpty();
    private final Jdbi raw = Jdbi.create(Connections.unpooled(settings));

    @AfterEach
    void drop() {
        TestDatabase.drop(settings);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference-by-script", "reference-by-application"})
    void keepsEveryRowOfTheReference(String variant) {
        load(variant);
        load("reference-rows");
        Map<String, List<JsonNode>> before = rows();

        migrate();

        Map<String, List<JsonNode>> after = rows();
        assertThat(before).hasSizeGreaterThanOrEqualTo(16);
        before.forEach((table, rows) -> {
            assertThat(rows).as(table).isNotEmpty();
            List<JsonNode> kept = after.get(table).stream()
                    .map(row -> (JsonNode) ((ObjectNode) row.deepCopy()).retain(names(rows.getFirst())))
                    .toList();
            assertThat(kept).as(table).containsAll(rows);
            boolean seeded = table.equals("public.execution_engines") || table.equals("public.execution_targets");
            if (!seeded || variant.equals("reference-by-script")) {
                assertThat(after.get(table)).as(table).hasSameSizeAs(rows);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference-by-script", "reference-by-application"})
    void makesInsertsWorkOnBothVariants(String variant) {
        load(variant);
        load("reference-rows");
        try (Database database = Database.open(settings)) {
            database.transact(MigrationsTest::insertWithDefaults);
            database.transact(MigrationsTest::insertExplicitly);
        }
    }

    @Test
    void addsWhatAnOlderReferenceDidNotHave() {
        load("reference-by-script");
        load("reference-rows");
        raw.useHandle(handle -> handle.execute("""
                alter table team_info drop column mode;
                alter table token_usage drop column is_estimated;
                drop table supervisor_runs, execution_jobs, execution_engines, execution_targets"""));

        migrate();

        raw.useHandle(handle -> {
            assertThat(handle.createQuery("select mode from team_info")
                            .mapTo(String.class)
                            .list())
                    .containsExactly("coordinate");
            assertThat(handle.createQuery("select count(*) from execution_engines")
                            .mapTo(Integer.class)
                            .one())
                    .isEqualTo(5);
            assertThat(handle.createQuery("select count(*) from execution_jobs")
                            .mapTo(Integer.class)
                            .one())
                    .isZero();
        });
    }

    @Test
    void keepsAnAgentThatIsInATeamTwice() {
        load("reference-by-application");
        load("reference-rows");
        raw.useHandle(handle -> handle.execute("update team_agent set is_active = true"));

        migrate();

        raw.useHandle(handle -> assertThat(handle.createQuery("select count(*) from team_agent where is_active")
                        .mapTo(Integer.class)
                        .one())
                .isEqualTo(3));
    }

    @Test
    void seedsAFreshDatabaseWithAgentsThatHavePrompts() {
        migrate();

        raw.useHandle(handle -> {
            assertThat(handle.createQuery("""
                    select agent.id from agent_info agent
                    join prompts.prompts prompt on prompt.id = agent.prompt_service_id and prompt.is_active
                    where length(prompt.template) > 200
                      and prompt.tags::jsonb ? ('agentid:' || agent.id)
                      and prompt.tags::jsonb ? ('agent_name:' || agent.name)""".replace("?", "??"))
                            .mapTo(String.class)
                            .list())
                    .containsExactlyInAnyOrder(
                            "demo-assistant",
                            "demo-researcher",
                            "customer-support-agent",
                            "technical-writer-agent",
                            "qa-testing-agent",
                            "data-analyst-agent",
                            "web-search-agent");
            assertThat(handle.createQuery("""
                    select count(*) from team_agent
                    join team_info on team_info.id = team_id join agent_info on agent_info.id = agent_id""").mapTo(Integer.class).one()).isEqualTo(11);
            assertThat(handle.createQuery("select count(*) from token_usage")
                            .mapTo(Integer.class)
                            .one())
                    .isZero();
        });
    }

    @Test
    void changesNothingTheSecondTime() {
        migrate();
        Map<String, List<JsonNode>> before = rows();
        migrate();
        assertThat(rows()).isEqualTo(before);
    }

    @Test
    void takesTurnsWhenSeveralReplicasStartAtOnce() throws Exception {
        try (ExecutorService replicas = Executors.newFixedThreadPool(4)) {
            List<Future<String>> results = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                results.add(replicas.submit(this::migrate));
            }
            for (Future<String> result : results) {
                assertThat(result.get()).matches("\\d+(\\.\\d+)*");
            }
        }
        raw.useHandle(handle -> assertThat(handle.createQuery(
                                "select version from ai.flyway_schema_history where version is not null and success order by version")
                        .mapTo(String.class)
                        .list())
                .doesNotHaveDuplicates()
                .contains("1", "2"));
    }

    @Test
    void knowsItsNewestScript() throws Exception {
        try (Stream<Path> scripts =
                Files.list(Path.of(getClass().getResource("/db/migration").toURI()))) {
            List<Integer> versions = scripts.map(script -> script.getFileName().toString())
                    .map(name -> Integer.valueOf(name.substring(1, name.indexOf("__"))))
                    .sorted()
                    .toList();
            assertThat(versions)
                    .isEqualTo(
                            IntStream.rangeClosed(1, Migrations.NEWEST).boxed().toList());
        }
    }

    @Test
    void refusesTheTablesOfANewerGateway() {
        migrate();
        raw.useHandle(handle -> handle.execute("""
                insert into ai.flyway_schema_history
                    (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
                values (1000, '1000', 'later', 'SQL', 'V1000__later.sql', 1, 'postgres', 1, true)"""));

        assertThatThrownBy(this::migrate)
                .isInstanceOf(MigrationException.class)
                .hasMessageContaining("version 1000")
                .hasMessageContaining("newer gateway");
    }

    @Test
    void saysInOneLineWhatFailed() {
        raw.useHandle(handle -> handle.execute("create table public.agent_info (id integer)"));

        assertThatThrownBy(this::migrate)
                .isInstanceOf(MigrationException.class)
                .message()
                .contains(settings.address())
                .contains("does not exist")
                .doesNotContain("\n");
        raw.useHandle(handle -> assertThat(handle.createQuery("select to_regclass('public.skills') is null")
                        .mapTo(Boolean.class)
                        .one())
                .as("nothing is left half-done")
                .isTrue());
    }

    @Test
    void triggersWriteUtcWhateverTheSessionsZone() {
        load("reference-by-script");
        load("reference-rows");
        migrate();
        raw.useHandle(handle -> {
            handle.execute("set time zone 'America/New_York'");
            handle.execute("update skills set name = 'Other'");
            handle.execute("insert into skills (id, name, instructions) values ('new', 'New', 'n')");
            for (String column : List.of("updated_at", "created_at")) {
                LocalDateTime written = handle.createQuery("select max(" + column + ") from skills")
                        .mapTo(LocalDateTime.class)
                        .one();
                assertThat(written).isCloseTo(LocalDateTime.now(ZoneOffset.UTC), within());
            }
        });
    }

    private static TemporalUnitOffset within() {
        return Assertions.within(1, ChronoUnit.MINUTES);
    }

    private static int insertWithDefaults(Handle handle) {
        handle.execute("insert into api_keys (key_hash, name) values (repeat('c', 64), 'k')");
        handle.execute("""
                insert into knowledge_entries (tenant_id, file_id, original_filename, file_type)
                values ('t', gen_random_uuid(), 'f', 'company')""");
        handle.execute("""
                insert into user_tokens (user_id, integration_key, provider, token_type, encrypted_token_data)
                values ('u', 'k', 'google', 'jwt', 'x')""");
        handle.execute("insert into prompts.prompts (id, name, template) values ('p', 'p', 'p')");
        handle.execute("insert into skills (id, name, instructions) values ('s', 's', 's')");
        handle.execute("insert into execution_engines (id, name, type) values ('e', 'e', 'custom')");
        handle.execute("insert into execution_targets (id, name, type) values ('t', 't', 'local')");
        handle.execute("insert into agent_info (id, name, prompt_service_id) values ('a', 'a', 'p')");
        handle.execute("insert into team_info (id, name) values ('t', 't')");
        handle.execute("insert into team_agent (team_id, agent_id) values ('t', 'a')");
        handle.execute("insert into token_usage (agent_id) values ('a')");
        handle.execute("insert into supervisor_runs (team_id, user_message) values ('t', 'm')");
        return handle.execute("insert into execution_jobs (worker_config, prompt) values ('{}', 'p')");
    }

    private static int insertExplicitly(Handle handle) {
        Instant now = Instant.parse("2026-01-02T03:04:05.678901Z");
        OffsetDateTime elsewhere = now.atOffset(ZoneOffset.ofHours(5));
        UUID id = UUID.randomUUID();
        handle.createUpdate("""
                insert into knowledge_entries (id, tenant_id, file_id, original_filename, file_type, metadata, created_at,
                    updated_at)
                values (:id, 't', :id, 'f', 'company', :metadata, :created, :updated)""")
                .bind("id", id)
                .bind("metadata", Json.object().put("a", 1))
                .bind("created", now)
                .bind("updated", elsewhere)
                .execute();
        Entry entry = handle.createQuery("select * from knowledge_entries where id = :id")
                .bind("id", id)
                .mapTo(Entry.class)
                .one();
        assertThat(entry.createdAt()).isEqualTo(now);
        assertThat(entry.updatedAt()).isEqualTo(now);
        assertThat(entry.metadata()).isEqualTo(Json.object().put("a", 1));

        handle.createUpdate("""
                insert into user_tokens (user_id, integration_key, provider, token_type, encrypted_token_data, scopes,
                    expires_at)
                values ('explicit', 'k', 'google', 'jwt', 'x', :scopes, :expires)""")
                .bindArray("scopes", String.class, List.of("a", "b"))
                .bind("expires", LocalDateTime.parse("2026-01-02T03:04:05"))
                .execute();
        Token token = handle.createQuery("select scopes, expires_at from user_tokens where user_id = 'explicit'")
                .mapTo(Token.class)
                .one();
        assertThat(token.scopes()).containsExactly("a", "b");
        assertThat(token.expiresAt()).isEqualTo("2026-01-02T03:04:05");
        return 1;
    }

    public record Entry(UUID id, String tenantId, Instant createdAt, Instant updatedAt, JsonNode metadata) {}

    public record Token(List<String> scopes, LocalDateTime expiresAt) {}

    private String migrate() {
        return Migrations.apply(Connections.unpooled(settings), settings.address());
    }

    private void load(String resource) {
        try (InputStream script = getClass().getResourceAsStream("/db/" + resource + ".sql")) {
            String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
            raw.useHandle(handle -> {
                try (Statement statement = handle.getConnection().createStatement()) {
                    statement.execute(text);
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All rows of all tables but the migration history, as JSON. */
    private static List<String> names(JsonNode row) {
        return row.properties().stream().map(Map.Entry::getKey).toList();
    }

    private Map<String, List<JsonNode>> rows() {
        return raw.withHandle(handle -> {
            Map<String, List<JsonNode>> rows = new LinkedHashMap<>();
            handle.createQuery("""
                    select table_schema || '.' || table_name from information_schema.tables
                    where table_schema in ('public', 'prompts', 'ai') and table_name <> 'flyway_schema_history'
                    order by 1""")
                    .mapTo(String.class)
                    .forEach(table -> rows.put(
                            table,
                            handle.createQuery("select to_jsonb(t)::text from " + table + " t")
                                    .mapTo(String.class)
                                    .map(Json::read)
                                    .list()));
            return rows;
        });
    }
}

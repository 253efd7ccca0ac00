package dev.agentsgateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.app.StatusCases.Case;
import dev.agentsgateway.app.StatusCases.Declared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Makes every status happen that the OpenAPI document of a running gateway declares, once for each route, and keeps
 * {@code docs/status-codes.md}. A declared status that nothing here can produce fails: the document would be wrong.
 */
class StatusCodesTest {
    private static final Path TABLE = Path.of("docs", "status-codes.md");

    private static final Map<Declared, Case> CASES = new LinkedHashMap<>();
    private static final Map<Declared, Future<Integer>> RESULTS = new LinkedHashMap<>();
    private static StatusWorld world;

    @BeforeAll
    static void tryEverything() throws Exception {
        world = new StatusWorld();
        StatusCases cases = new StatusCases(world);
        declared(world.works.get("/openapi.json").json()).forEach(declared -> CASES.put(declared, cases.of(declared)));
        // The patient ones mostly wait; the others would take the database from each other.
        try (ExecutorService patient = Executors.newVirtualThreadPerTaskExecutor();
                ExecutorService busy = Executors.newFixedThreadPool(4)) {
            CASES.forEach((declared, each) -> {
                if (each != null) {
                    boolean waits = declared.status() == 408 || declared.status() == 503;
                    RESULTS.put(
                            declared,
                            (waits ? patient : busy).submit(() -> each.attempt().status()));
                }
            });
        }
    }

    @AfterAll
    static void stop() throws IOException {
        world.close();
    }

    private static List<Declared> declared(JsonNode document) {
        List<Declared> all = new ArrayList<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(operation -> {
                    JsonNode security = operation.getValue().get("security");
                    operation
                            .getValue()
                            .get("responses")
                            .fieldNames()
                            .forEachRemaining(status -> all.add(new Declared(
                                    operation.getKey().toUpperCase(Locale.ROOT),
                                    path.getKey(),
                                    Integer.parseInt(status),
                                    security.path(0).has("AdminSecretHeader"),
                                    security.isEmpty())));
                }));
        return all;
    }

    @TestFactory
    Stream<DynamicTest> everyDeclaredStatusHappens() {
        assertThat(CASES).hasSizeGreaterThan(100);
        return CASES.keySet().stream()
                .map(declared -> DynamicTest.dynamicTest(declared.operation() + " " + declared.status(), () -> {
                    assertThat(RESULTS)
                            .as("a way to make it happen; add one to StatusSamples or StatusCases")
                            .containsKey(declared);
                    assertThat(RESULTS.get(declared).get(60, TimeUnit.SECONDS))
                            .as(CASES.get(declared).words())
                            .isEqualTo(declared.status());
                }));
    }

    @Test
    void theCommittedTableIsTrue() throws IOException {
        String table = table();
        String committed = Files.exists(TABLE) ? Files.readString(TABLE) : "";
        if (!table.equals(committed)) {
            Path fresh = Path.of("target", "status-codes.md");
            Files.createDirectories(fresh.getParent());
            Files.writeString(fresh, table);
        }
        assertThat(committed)
                .as("docs/status-codes.md; when the routes have changed on purpose: cp target/status-codes.md docs/")
                .isEqualTo(table);
    }

    private static String table() {
        StringBuilder text = new StringBuilder("""
                # Status codes

                Every status that a route declares, and what brings it about in `StatusCodesTest`, which runs each of these
                and fails when this table differs from the OpenAPI document of a running gateway.

                | Route | Status | Brought about by |
                |---|---|---|
                """);
        Map<String, List<Declared>> byRoute = new TreeMap<>();
        CASES.keySet()
                .forEach(declared -> byRoute.computeIfAbsent(
                                declared.path() + " " + declared.method(), _ -> new ArrayList<>())
                        .add(declared));
        byRoute.values()
                .forEach(route -> route.forEach(declared -> text.append("| `")
                        .append(declared.operation())
                        .append("` | ")
                        .append(declared.status())
                        .append(" | ")
                        .append(
                                CASES.get(declared) == null
                                        ? "nothing"
                                        : CASES.get(declared).words())
                        .append(" |\n")));
        return text.toString();
    }
}

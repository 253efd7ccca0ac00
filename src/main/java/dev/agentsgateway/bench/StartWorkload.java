package dev.agentsgateway.bench;

import dev.agentsgateway.db.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** From the start of the process to the first 200 of {@code /health/ready}, on an embedded database that exists. */
final class StartWorkload implements Workload {
    @Override
    public String name() {
        return "start";
    }

    @Override
    public void run(Setup setup) throws Exception {
        if (setup.process() == null) {
            return;
        }
        int runs = setup.scaled(7, 1);
        Path dataDir = setup.process().dataDir().resolve("start");
        Files.createDirectories(dataDir);
        double first = start(setup, dataDir);
        Timings whole = new Timings();
        Timings database = new Timings();
        databaseAlone(setup, dataDir);
        for (int i = 0; i < runs; i++) {
            whole.record((long) (start(setup, dataDir) * 1e9));
            database.record(databaseAlone(setup, dataDir));
        }
        double ready = whole.millis(50) / 1000;
        double alone = database.millis(50) / 1000;
        Report report = setup.report();
        report.raw(name(), "first_start_seconds", first);
        report.raw(name(), "ready", whole);
        report.raw(name(), "database_alone", database);
        report.add(Figure.of(name(), "start to ready, median of " + runs, "s", ready)
                .atMost(2)
                .against("database alone", alone));
        report.add(Figure.of(name(), "without the database's own start", "s", ready - alone)
                .atMost(1));
    }

    private static double start(Setup setup, Path dataDir) throws Exception {
        try (GatewayProcess process = GatewayProcess.start(dataDir, setup.model(), List.of())) {
            setup.keeper().keep(process);
            return process.awaitReady().readySeconds();
        }
    }

    private static long databaseAlone(Setup setup, Path dataDir) {
        long start = System.nanoTime();
        try (EmbeddedPostgres database = EmbeddedPostgres.start(dataDir)) {
            long ready = System.nanoTime();
            setup.keeper().keep(database);
            return ready - start;
        }
    }
}

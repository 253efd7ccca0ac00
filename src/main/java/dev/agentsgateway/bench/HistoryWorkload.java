package dev.agentsgateway.bench;

import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** Whether a long conversation makes its next turn dearer, when the model is shown equally much of it. */
final class HistoryWorkload implements Workload {
    private static final int LATE = 200;
    private static final int WORKERS = 8;
    private static final String COMPLETE = "COMPLETED";

    @Override
    public String name() {
        return "history";
    }

    @Override
    public void run(Setup setup) throws Exception {
        setup.model().timing(new BenchTiming(Duration.ZERO, Duration.ZERO, 8, 8));
        String agent = setup.run();
        create(setup, agent);
        int sessions = setup.scaled(40, 5);
        Timings aging = Load.all(WORKERS, sessions, number -> {
            for (int turn = 1; turn < LATE; turn++) {
                Setup.whole(setup.gateway(), setup.chat(agent, "old-" + number, false), COMPLETE);
            }
            return System.nanoTime();
        });
        Timings second = new Timings();
        Timings late = new Timings();
        // In turn, so that whatever else the machine does meets both alike.
        for (int i = 0; i < sessions; i++) {
            chat(setup, agent, "new-" + i, new Timings());
            chat(setup, agent, "new-" + i, second);
            chat(setup, agent, "old-" + i, late);
        }
        Report report = setup.report();
        report.raw(name(), "aging", aging);
        report.raw(name(), "turn_2", second);
        report.raw(name(), "turn_" + LATE, late);
        report.add(Figure.of(name(), "turn 200 against turn 2, median", "×", late.millis(50) / second.millis(50))
                .atMost(1.2));
        report.add(Figure.of(name(), "turn 200, median", "ms", late.millis(50)).against("turn 2", second.millis(50)));
    }

    private static void chat(Setup setup, String agent, String session, Timings timings) {
        long start = System.nanoTime();
        try {
            timings.record(Setup.whole(setup.gateway(), setup.chat(agent, session, false), COMPLETE) - start);
        } catch (IOException e) {
            timings.error(e.toString());
        }
    }

    /** An agent that shows the model one earlier run: from the second turn on, all turns are alike. */
    private static void create(Setup setup, String agent) throws IOException {
        var body = Json.object().put("id", agent).put("name", "Bench").put("template", "You answer briefly.");
        body.putObject("config").put("num_history_runs", 1);
        Map<String, String> headers = setup.key() == null ? Map.of() : Map.of("X-API-Key", setup.key());
        byte[] request = LoadConnection.request("POST", "/v2/agents", headers, body.toString());
        int status = setup.gateway().send(request, LoadConnection.Sink.IGNORE);
        if (status != 201) {
            throw new IOException("the agent could not be created: status " + status);
        }
    }
}

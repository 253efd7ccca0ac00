package dev.agentsgateway.bench;

import java.time.Duration;

/** Chats that are not streamed, with a model that answers at once, in sessions that have been talking for a while. */
final class ChatWorkload implements Workload {
    private static final int SESSIONS = 64;
    private static final int WORKERS = 16;
    private static final int RATE = 100;
    private static final String COMPLETE = "COMPLETED";
    private static final String DIRECT_COMPLETE = "\"finish_reason\":\"stop\"";

    @Override
    public String name() {
        return "chat";
    }

    @Override
    public void run(Setup setup) throws Exception {
        setup.model().timing(new BenchTiming(Duration.ZERO, Duration.ZERO, 8, 8));
        byte[][] chats = new byte[SESSIONS][];
        for (int i = 0; i < SESSIONS; i++) {
            chats[i] = setup.chat("chat-" + i, false);
        }
        byte[] direct = setup.directChat(false);
        Load.Call chat = number -> Setup.whole(setup.gateway(), chats[number % SESSIONS], COMPLETE);
        Load.Call plain = number -> Setup.whole(setup.direct(), direct, DIRECT_COMPLETE);

        Timings commits = setup.process() == null
                ? null
                : new PlainDatabase(setup.process().dataDir()).commits(Duration.ofSeconds(setup.scaled(4, 1)));
        // Until the compiler has come to rest: a server that runs for days is measured, not one that has just started.
        Load.closed(WORKERS, Duration.ofSeconds(setup.scaled(60, 2)), chat);
        most(setup, chat, plain, commits);
        added(setup, chat, plain);
    }

    private void most(Setup setup, Load.Call chat, Load.Call plain, Timings commits) throws Exception {
        Report report = setup.report();
        long database =
                setup.process() == null ? 0 : new PlainDatabase(setup.process().dataDir()).pid();
        double gatewayBefore = setup.gatewaySeconds();
        double databaseBefore = Processor.secondsOfTree(database);
        Timings chats = Load.closed(WORKERS, Duration.ofSeconds(setup.scaled(20, 2)), chat);
        double gatewaySeconds = setup.gatewaySeconds() - gatewayBefore;
        double databaseSeconds = Processor.secondsOfTree(database) - databaseBefore;
        Timings calls = Load.closed(WORKERS, Duration.ofSeconds(setup.scaled(5, 1)), plain);
        report.raw(name(), "closed", chats);
        report.raw(name(), "closed_direct", calls);
        report.add(Figure.of(name(), "most chats, durable, 64 warm sessions", "/s", chats.perSecond())
                .atLeast(600)
                .against("direct calls", calls.perSecond()));
        if (setup.process() == null) {
            return;
        }
        report.raw(name(), "plain_commits", commits);
        report.add(Figure.of(name(), "the same per bare commit", "/s", chats.perSecond())
                .against("commits of one connection", commits.perSecond()));
        report.add(Figure.of(name(), "gateway CPU per 1,000 chats", "s", gatewaySeconds * 1000 / chats.count()));
        report.add(Figure.of(name(), "PostgreSQL CPU per 1,000 chats", "s", databaseSeconds * 1000 / chats.count()));
    }

    private void added(Setup setup, Load.Call chat, Load.Call plain) throws Exception {
        Report report = setup.report();
        Duration time = Duration.ofSeconds(setup.scaled(15, 2));
        Timings calls = Load.open(RATE, time.dividedBy(2), plain);
        Timings chats = Load.open(RATE, time, chat);
        report.raw(name(), "open", chats);
        report.raw(name(), "open_direct", calls);
        report.add(added("added latency p50 at 100/s", 50, chats, calls).atMost(2));
        report.add(added("added latency p99 at 100/s", 99, chats, calls));
    }

    private Figure added(String figure, double percentile, Timings chats, Timings calls) {
        return Figure.of(name(), figure, "ms", chats.millis(percentile) - calls.millis(percentile))
                .against("direct call", calls.millis(percentile));
    }
}

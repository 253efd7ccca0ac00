package dev.agentsgateway.bench;

import java.io.IOException;
import java.time.Duration;

/** Streams that begin at a fixed rate, in warm sessions: what the gateway adds to the time to the first token. */
final class TtftWorkload implements Workload {
    private static final int RATE = 100;
    private static final int SESSIONS = 256;
    private static final BenchTiming TIMING = new BenchTiming(Duration.ofMillis(20), Duration.ofMillis(20), 20, 1);

    @Override
    public String name() {
        return "ttft";
    }

    @Override
    public void run(Setup setup) throws Exception {
        setup.model().timing(TIMING);
        byte[][] chats = new byte[SESSIONS][];
        for (int i = 0; i < SESSIONS; i++) {
            chats[i] = setup.chat("ttft-" + i, true);
        }
        byte[] direct = setup.directChat(true);
        Load.Call chat = number -> firstToken(setup.gateway(), chats[number % SESSIONS], Setup.TOKEN);
        Load.Call plain = number -> firstToken(setup.direct(), direct, Setup.DIRECT_TOKEN);

        Load.open(RATE, Duration.ofSeconds(setup.scaled(8, 2)), chat);
        Timings calls = Load.open(RATE, Duration.ofSeconds(setup.scaled(8, 2)), plain);
        Timings chats100 = Load.open(RATE, Duration.ofSeconds(setup.scaled(20, 4)), chat);
        Report report = setup.report();
        report.raw(name(), "open", chats100);
        report.raw(name(), "open_direct", calls);
        report.add(added("added time to first token p50, 100 streams/s", 50, chats100, calls)
                .atMost(2));
        report.add(added("added time to first token p99, 100 streams/s", 99, chats100, calls)
                .atMost(15));
    }

    private Figure added(String figure, double percentile, Timings chats, Timings calls) {
        return Figure.of(name(), figure, "ms", chats.millis(percentile) - calls.millis(percentile))
                .against("direct stream", calls.millis(percentile));
    }

    private static long firstToken(Target target, byte[] request, String token) throws IOException {
        Occurrences tokens = new Occurrences(token);
        int status = target.send(request, tokens);
        if (status != 200 || tokens.count() != TIMING.tokens()) {
            throw new IOException("status " + status + ", " + tokens.count() + " tokens");
        }
        return tokens.firstSeen();
    }
}

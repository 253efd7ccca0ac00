package dev.agentsgateway.bench;

import java.io.IOException;
import java.time.Duration;

/** Long answers, many at once, from a model that never pauses: how many tokens go through, each of them stored. */
final class RelayWorkload implements Workload {
    private static final int STREAMS = 50;

    @Override
    public String name() {
        return "relay";
    }

    @Override
    public void run(Setup setup) throws Exception {
        int tokens = setup.scaled(6_000, 2_000);
        measure(setup, tokens, 16, "tokens relayed, 50 streams, 16 tokens a write", "batched", 60_000.0);
        measure(setup, tokens / 2, 1, "tokens relayed, 50 streams, 1 token a write", "single", null);
    }

    private void measure(Setup setup, int tokens, int perWrite, String figure, String raw, Double aim)
            throws Exception {
        setup.model().timing(new BenchTiming(Duration.ZERO, Duration.ZERO, tokens, perWrite));
        byte[] direct = setup.directChat(true);
        Load.Call plain = _ -> allTokens(setup.direct(), direct, Setup.DIRECT_TOKEN, tokens);
        chats(setup, raw + "-warm", tokens);
        double before = setup.gatewaySeconds();
        Timings relayed = chats(setup, raw, tokens);
        double seconds = setup.gatewaySeconds() - before;
        Timings read = Load.all(STREAMS, STREAMS, plain);
        Report report = setup.report();
        report.raw(name(), raw, relayed);
        report.raw(name(), raw + "_direct", read);
        Figure rate = Figure.of(name(), figure, "/s", relayed.perSecond() * tokens)
                .against("read from the model", read.perSecond() * tokens);
        report.add(aim == null ? rate : rate.atLeast(aim));
        if (setup.process() != null) {
            report.add(Figure.of(
                    name(), "gateway CPU per 1,000 of them", "ms", seconds * 1e6 / (relayed.count() * tokens)));
        }
    }

    /** Sessions of their own: a history of such answers would be another load. */
    private static Timings chats(Setup setup, String round, int tokens) throws InterruptedException {
        return Load.all(
                STREAMS,
                STREAMS,
                number -> allTokens(
                        setup.gateway(), setup.chat("relay-" + round + "-" + number, true), Setup.TOKEN, tokens));
    }

    private static long allTokens(Target target, byte[] request, String token, int wanted) throws IOException {
        Occurrences tokens = new Occurrences(token);
        int status = target.send(request, tokens);
        if (status != 200 || tokens.count() != wanted) {
            throw new IOException("status " + status + ", " + tokens.count() + " tokens instead of " + wanted);
        }
        return System.nanoTime();
    }
}

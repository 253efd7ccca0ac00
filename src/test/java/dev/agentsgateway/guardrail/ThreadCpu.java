package dev.agentsgateway.guardrail;

import java.lang.management.ManagementFactory;
import java.time.Duration;

/** What a thread itself used: whatever else the machine does at the same time. */
final class ThreadCpu {
    private ThreadCpu() {}

    static Duration of(Runnable work) {
        var threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        work.run();
        return Duration.ofNanos(threads.getCurrentThreadCpuTime() - before);
    }
}

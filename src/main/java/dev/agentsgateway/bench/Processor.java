package dev.agentsgateway.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Processor time that processes have used, as proc(5) tells it in {@code /proc/<pid>/stat}. */
final class Processor {
    /** USER_HZ, which is 100 on every Linux that the embedded database runs on. */
    private static final double TICKS_PER_SECOND = 100;

    private Processor() {}

    /** User and system time of a process in seconds, 0 when it is gone or the system does not tell. */
    static double seconds(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // The second field may contain anything, in parentheses.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
        } catch (IOException e) {
            return 0;
        }
    }

    /** The same of a process and all that it has started. */
    static double secondsOfTree(long pid) {
        List<Long> children = ProcessHandle.of(pid).stream()
                .flatMap(ProcessHandle::descendants)
                .map(ProcessHandle::pid)
                .toList();
        return seconds(pid) + children.stream().mapToDouble(Processor::seconds).sum();
    }
}

package dev.agentsgateway.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What another JVM keeps on its heap, as the JDK's jcmd tells it. */
final class JvmHeap {
    private static final Pattern USED = Pattern.compile("\\bused (\\d+)K");
    private static final int CLASSES = 25;

    private JvmHeap() {}

    /** KiB in use after a full collection. */
    static long usedAfterCollection(long pid) throws IOException, InterruptedException {
        jcmd(pid, "GC.run");
        String info = jcmd(pid, "GC.heap_info");
        Matcher used = USED.matcher(info);
        if (!used.find()) {
            throw new IOException("jcmd does not tell the heap's size: " + info);
        }
        return Long.parseLong(used.group(1));
    }

    /** The classes with the most bytes, one a line: rank, instances, bytes, name. */
    static List<String> classes(long pid) throws IOException, InterruptedException {
        return jcmd(pid, "GC.class_histogram")
                .lines()
                .filter(line -> line.matches("\\s*\\d+:\\s.*"))
                .limit(CLASSES)
                .map(line -> line.strip().replaceAll("\\s+", " "))
                .toList();
    }

    private static String jcmd(long pid, String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid), command)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("jcmd " + command + " failed: " + said);
        }
        return said;
    }
}

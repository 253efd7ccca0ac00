package dev.agentsgateway;

import dev.agentsgateway.app.CommandLineInterface;
import java.util.Locale;

/** Where the process starts. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        // What is written for machines must not depend on the machine's language; and the JDK takes 100 ms to prepare
        // each
        // language that it meets, of which this one is met in any case.
        Locale.setDefault(Locale.US);
        // Else every jar is searched for one, and the finding is told.
        System.setProperty("slf4j.provider", "ch.qos.logback.classic.spi.LogbackServiceProvider");
        System.setProperty("slf4j.internal.verbosity", "WARN");
        System.exit(CommandLineInterface.run(args));
    }
}

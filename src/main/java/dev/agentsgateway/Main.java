package dev.agentsgateway;

import dev.agentsgateway.app.CommandLineInterface;

/** Where the process starts. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(CommandLineInterface.run(args));
    }
}

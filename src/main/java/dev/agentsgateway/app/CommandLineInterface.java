package dev.agentsgateway.app;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands of {@code ./gateway}. */
@Command(
        name = "gateway",
        description = "Agents Gateway: a self-hosted server for AI agents.",
        footer = {
            "",
            "Without a command it serves. Everything is configured by environment variables or a .env file:",
            "docs/configuration.md lists them."
        },
        mixinStandardHelpOptions = true,
        subcommands = {ServeCommand.class, ChatCommand.class, StopCommand.class, TrainCommand.class, BenchCommand.class})
public final class CommandLineInterface {
    private CommandLineInterface() {}

    /** Runs a command and returns the exit code: 0, 1 for a failure, 2 for wrong use or configuration. */
    public static int run(String[] args) {
        CommandLine line = new CommandLine(new CommandLineInterface());
        line.setExecutionExceptionHandler((e, _, _) -> {
            System.err.println("gateway: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
            if (System.getenv("GATEWAY_DEBUG") != null) {
                e.printStackTrace();
            }
            return 1;
        });
        return line.execute(args.length == 0 ? new String[] {"serve"} : args);
    }
}

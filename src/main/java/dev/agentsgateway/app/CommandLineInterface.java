package dev.agentsgateway.app;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;

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
        versionProvider = CommandLineInterface.Version.class,
        subcommands = {
            ServeCommand.class,
            ChatCommand.class,
            StopCommand.class,
            BenchCommand.class,
            ImportVectorsCommand.class,
            TrainCommand.class
        })
public final class CommandLineInterface {
    /** Wrong use and wrong configuration. */
    private static final int WRONG = CommandLine.ExitCode.USAGE;

    private CommandLineInterface() {}

    /** Runs a command and returns the exit code: 0, 1 for a failure, 2 for wrong use or configuration. */
    public static int run(String[] args) {
        if (args.length == 0 || args.length == 1 && args[0].equals("serve")) {
            return serve();
        }
        CommandLine line = new CommandLine(new CommandLineInterface());
        line.setExecutionExceptionHandler((e, _, _) -> failed(e));
        line.setParameterExceptionHandler((e, _) -> misused(e));
        return line.execute(args);
    }

    private static int misused(ParameterException e) {
        System.err.println(e.getMessage());
        e.getCommandLine().usage(System.err);
        return WRONG;
    }

    /** Without picocli, whose loading is a tenth of the start: its classes are too old for the AOT cache. */
    private static int serve() {
        try {
            return new ServeCommand().call();
        } catch (Exception e) {
            return failed(e);
        }
    }

    private static int failed(Exception e) {
        if (e instanceof StartupException startup) {
            startup.problems().forEach(System.err::println);
            return WRONG;
        }
        System.err.println("gateway: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
        if (System.getenv("GATEWAY_DEBUG") != null) {
            e.printStackTrace();
        }
        return 1;
    }

    /** The build's version. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            Properties build = new Properties();
            try (InputStream in = CommandLineInterface.class.getResourceAsStream("/build.properties")) {
                build.load(in);
            }
            return new String[] {"Agents Gateway " + build.getProperty("version")};
        }
    }
}

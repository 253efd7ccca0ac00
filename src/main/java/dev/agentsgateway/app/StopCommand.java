package dev.agentsgateway.app;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;

/** {@code gateway stop}: tells the gateway of this data directory to stop, and waits until it has. */
@Command(
        name = "stop",
        description = "Stops the gateway that serves from DATA_DIR and waits until it has.",
        mixinStandardHelpOptions = true,
        versionProvider = CommandLineInterface.Version.class)
final class StopCommand implements Callable<Integer> {
    /** What stopping may take beyond the draining of requests. */
    private static final int MARGIN_SECONDS = 45;

    @Override
    public Integer call() throws Exception {
        Config config = Config.parse(Environment.load()).config();
        Optional<RunningServer> running = RunningServer.find(config.dataDir());
        if (running.isEmpty()) {
            System.err.println("No gateway serves from " + config.dataDir());
            return 1;
        }
        ProcessHandle process = running.get().process();
        process.destroy();
        try {
            process.onExit().get(config.drain().toSeconds() + MARGIN_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            System.err.println("Process " + process.pid() + " was told to stop, but is still running");
            return 1;
        }
        System.out.println("Stopped process " + process.pid());
        return 0;
    }
}

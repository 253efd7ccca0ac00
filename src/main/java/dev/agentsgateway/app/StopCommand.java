package dev.agentsgateway.app;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;

/** {@code gateway stop}: tells the gateway of this data directory to stop, and waits until it has. */
@Command(
        name = "stop",
        description = "Stops the gateway that serves from DATA_DIR and waits until it has.",
        mixinStandardHelpOptions = true)
final class StopCommand implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
        Config config = Config.parse(Environment.load(System.getenv(), Path.of(""))).config();
        Optional<ProcessHandle> process = new BackgroundServer(config).find();
        if (process.isEmpty()) {
            System.err.println("No gateway serves from " + config.dataDir());
            return 1;
        }
        process.get().destroy();
        process.get().onExit().get(config.drain().toSeconds() + 30, TimeUnit.SECONDS);
        System.out.println("Stopped process " + process.get().pid());
        return 0;
    }
}

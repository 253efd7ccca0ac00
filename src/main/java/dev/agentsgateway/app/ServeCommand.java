package dev.agentsgateway.app;

import dev.agentsgateway.approval.notify.NotificationConfig;
import dev.agentsgateway.model.Catalogue;
import dev.agentsgateway.observability.Observability;
import dev.agentsgateway.observability.ObservabilityConfig;
import dev.agentsgateway.observability.Scrubber;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** {@code gateway serve}: runs until the process is told to stop. */
@Command(
        name = "serve",
        description = "Starts the gateway (the default command).",
        mixinStandardHelpOptions = true,
        versionProvider = CommandLineInterface.Version.class)
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);
    private static final String[] SECRETS = {
        "ADMIN_SECRET",
        "API_KEY",
        "DB_PASS",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "GOOGLE_API_KEY",
        "GEMINI_API_KEY",
        "SECRET_TOKEN_ENC_KEY",
        "QDRANT_API_KEY",
        "SENTRY_DSN"
    };

    @Override
    public Integer call() throws Exception {
        StopSignal stop = StopSignal.install();
        Map<String, String> variables = Environment.load();
        ObservabilityConfig observing = ObservabilityConfig.from(variables::get);
        Scrubber scrubber = new Scrubber();
        for (String secret : SECRETS) {
            scrubber.register(variables.get(secret));
        }
        NotificationConfig.of(variables).secrets().forEach(scrubber::register);
        try (Observability observability = Observability.start(observing, scrubber, new KnownModels());
                Gateway gateway = Gateway.start(Config.parse(variables), observability)) {
            scrubber.register(gateway.credentials().adminSecret());
            Banner banner = new Banner(gateway);
            RunningServer.note(gateway.config().dataDir(), banner.url());
            if (observing.jsonLogs()) {
                banner.log();
            } else {
                new PrintStream(System.out, true, StandardCharsets.UTF_8).print(banner.text());
            }
            stop.await();
            LOG.info(
                    "Stopping; requests in progress get {} s",
                    gateway.config().drain().toSeconds());
            gateway.close();
            RunningServer.forget(gateway.config().dataDir());
            LOG.info("Stopped");
        }
        return 0;
    }

    /** Read when the first model is asked, not while the gateway starts. */
    private static final class KnownModels implements Predicate<String> {
        private volatile Catalogue catalogue;

        @Override
        public boolean test(String model) {
            if (catalogue == null) {
                catalogue = Catalogue.load();
            }
            return catalogue.find(model).isPresent();
        }
    }
}

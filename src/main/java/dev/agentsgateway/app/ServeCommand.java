package dev.agentsgateway.app;

import dev.agentsgateway.model.Catalogue;
import dev.agentsgateway.observability.Observability;
import dev.agentsgateway.observability.ObservabilityConfig;
import dev.agentsgateway.observability.Scrubber;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;

/** {@code gateway serve}: runs until the process is told to stop. */
@Command(name = "serve", description = "Starts the gateway (the default command).", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    private static final String[] SECRETS = {
        "ADMIN_SECRET",
        "DB_PASS",
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "GOOGLE_API_KEY",
        "GEMINI_API_KEY",
        "SECRET_TOKEN_ENC_KEY",
        "QDRANT_API_KEY"
    };

    @Override
    public Integer call() throws Exception {
        Map<String, String> variables = Environment.load(System.getenv(), Path.of(""));
        Scrubber scrubber = new Scrubber();
        for (String secret : SECRETS) {
            if (variables.get(secret) != null) {
                scrubber.register(variables.get(secret));
            }
        }
        ObservabilityConfig observing = ObservabilityConfig.from(variables::get);
        Catalogue catalogue = Catalogue.load();
        Observability observability =
                Observability.start(observing, scrubber, model -> catalogue.find(model).isPresent());
        Gateway gateway;
        try {
            gateway = Gateway.start(Config.parse(variables), observability);
        } catch (StartupException e) {
            observability.close();
            e.problems().forEach(System.err::println);
            return 2;
        }
        BackgroundServer noted = new BackgroundServer(gateway.config());
        noted.note();
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            gateway.close();
            observability.close();
            noted.forget();
            stopped.countDown();
        }));
        print(gateway, System.out);
        stopped.await();
        return 0;
    }

    private static void print(Gateway gateway, PrintStream out) {
        Config config = gateway.config();
        Credentials credentials = gateway.credentials();
        String host = config.http().host().equals("0.0.0.0") ? "127.0.0.1" : config.http().host();
        String url = "http://" + host + ":" + gateway.port();
        double seconds = ManagementFactory.getRuntimeMXBean().getUptime() / 1000.0;
        out.printf(Locale.ROOT, "Agents Gateway is ready after %.1f s%n", seconds);
        out.println("  Address    " + url + (config.http().docs() ? "  (API: " + url + "/docs)" : ""));
        out.println("  Database   " + gateway.databaseDescription());
        out.println("  Models     " + gateway.modelsDescription());
        out.println("  Vectors    none yet: knowledge is not part of this version");
        if (credentials.newAdminSecret()) {
            out.println("  Admin      " + credentials.adminSecret() + "  (shown once; kept in "
                    + config.dataDir().resolve("admin-secret") + ")");
        }
        if (credentials.newApiKey() != null) {
            out.println("  API key    " + credentials.newApiKey() + "  (shown once; kept in "
                    + config.dataDir().resolve(Credentials.API_KEY) + ")");
        }
        String key = config.authDisabled()
                ? ""
                : credentials.adminSecret() != null && config.adminSecret() == null
                        ? " -H \"X-API-Key: $(cat " + config.dataDir().resolve(Credentials.API_KEY) + ")\""
                        : " -H 'X-API-Key: …'";
        out.println("  Try        curl -N " + url + "/v2/agents/demo-assistant/chat" + key
                + " -H 'Content-Type: application/json' -d '{\"message\":\"Hello\",\"user_id\":\"me\","
                + "\"session_id\":\"first\",\"timezone\":\"UTC\",\"locale\":\"en\"}'");
        out.flush();
    }
}

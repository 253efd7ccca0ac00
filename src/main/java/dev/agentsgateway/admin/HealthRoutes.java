package dev.agentsgateway.admin;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.http.Route.NoInput;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Health for people, balancers and Kubernetes. {@code /health/live} says that the process serves and never looks at the
 * database, so that its outage does not restart every pod; {@code /health/ready} says whether requests are welcome.
 */
public final class HealthRoutes implements Route.Source {
    private static final String TAG = "Health";

    public record Welcome(String message, String docs, String version) {}

    /** @param status {@code success} or {@code failure} */
    public record Health(String status) {}

    public record Status(String status, String service) {}

    public record Version(String version) {}

    public record Alive(String status) {}

    /** @param status {@code ready} or {@code not ready} */
    public record Readiness(String status, Checks checks) {}

    /**
     * @param database  whether it answers
     * @param accepting false while the process is shutting down
     */
    public record Checks(boolean database, boolean accepting) {}

    private final DatabaseProbe probe;
    private final String version;
    private final BooleanSupplier draining;

    /**
     * @param version  as configured
     * @param draining whether the process is shutting down
     */
    public HealthRoutes(Database database, String version, BooleanSupplier draining) {
        this.probe = new DatabaseProbe(database::reachable);
        this.version = version;
        this.draining = draining;
    }

    @Override
    public List<Route<?>> routes() {
        return List.of(
                open("/", "Say hello", Welcome.class)
                        .handle(call -> Answer.ok(new Welcome("Welcome to Agents Gateway", "/docs", version))),
                open("/health", "Whether the database answers", Health.class)
                        .answers(503, Health.class)
                        .handle(call -> health()),
                open("/status", "Whether the gateway serves", Status.class)
                        .handle(call -> Answer.ok(new Status("healthy", "agents-gateway"))),
                open("/version", "The version", Version.class).handle(call -> Answer.ok(new Version(version))),
                open("/health/live", "Whether the process serves", Alive.class)
                        .handle(call -> Answer.ok(new Alive("alive"))),
                open("/health/ready", "Whether requests are welcome", Readiness.class)
                        .answers(503, Readiness.class)
                        .handle(call -> ready()));
    }

    private static Route.Builder<NoInput> open(String path, String summary, Class<?> answer) {
        return Route.get(path, NoInput.class).tag(TAG).summary(summary).open().answers(200, answer);
    }

    private Answer health() {
        return probe.answers()
                ? Answer.ok(new Health("success"))
                : new Answer.Json(503, new Health("failure"), Map.of());
    }

    private Answer ready() {
        Checks checks = new Checks(probe.answers(), !draining.getAsBoolean());
        return checks.database() && checks.accepting()
                ? Answer.ok(new Readiness("ready", checks))
                : new Answer.Json(503, new Readiness("not ready", checks), Map.of());
    }
}

package dev.agentsgateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.http.Path;
import dev.agentsgateway.http.Route;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code /admin/background-tasks}: those of the replica that answers. */
public final class BackgroundTaskRoutes implements Route.Source {
    private static final String TAG = "admin";

    private final BackgroundTasks tasks;

    public BackgroundTaskRoutes(BackgroundTasks tasks) {
        this.tasks = tasks;
    }

    record CancelInput(@Path String taskName) {}

    record Tasks(Map<String, Info> tasks, int totalTasks) {}

    /** Times are UTC. */
    record Info(
            JsonNode intervalSeconds,
            LocalDateTime createdAt,
            LocalDateTime lastRun,
            LocalDateTime nextRun,
            long runCount,
            long errorCount,
            String lastError,
            boolean isRunning,
            boolean isCancelled) {
        static Info of(BackgroundTasks.Info info) {
            return new Info(
                    seconds(info.interval()),
                    Timestamps.utc(info.createdAt()),
                    Timestamps.utc(info.lastRun()),
                    Timestamps.utc(info.nextRun()),
                    info.runCount(),
                    info.errorCount(),
                    info.lastError(),
                    info.running(),
                    info.cancelled());
        }

        /** Whole where it is whole. */
        private static JsonNode seconds(Duration interval) {
            BigDecimal seconds = BigDecimal.valueOf(interval.toMillis(), 3).stripTrailingZeros();
            return DecimalNode.valueOf(seconds.scale() < 0 ? seconds.setScale(0) : seconds);
        }
    }

    record Done(String status, String message) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.get("/admin/background-tasks", Route.NoInput.class)
                        .tag(TAG)
                        .summary("How the periodic tasks of this process are doing")
                        .admin()
                        .inMemory()
                        .answers(200, Tasks.class)
                        .handle(this::list),
                Route.post("/admin/background-tasks/{task_name}/cancel", CancelInput.class)
                        .tag(TAG)
                        .summary("Cancel a periodic task of this process, until it is started again")
                        .admin()
                        .inMemory()
                        .answers(200, Done.class)
                        .fails(404, "Task '{task_name}' not found")
                        .handle(this::cancel));
    }

    private Answer list(Call<Route.NoInput> call) {
        Map<String, Info> infos = new LinkedHashMap<>();
        tasks.infos().forEach((name, info) -> infos.put(name, Info.of(info)));
        return Answer.ok(new Tasks(infos, infos.size()));
    }

    private Answer cancel(Call<CancelInput> call) {
        String name = call.input().taskName();
        if (!tasks.cancel(name)) {
            throw HttpException.notFound("Task '" + name + "' not found");
        }
        return Answer.ok(new Done("success", "Task '" + name + "' cancelled successfully"));
    }
}

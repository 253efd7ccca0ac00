package dev.agentsgateway.admin;

import dev.agentsgateway.common.Timestamps;
import dev.agentsgateway.http.Answer;
import dev.agentsgateway.http.Call;
import dev.agentsgateway.http.Description;
import dev.agentsgateway.http.Query;
import dev.agentsgateway.http.Route;
import dev.agentsgateway.prompt.PromptCache;
import dev.agentsgateway.prompt.PromptRefresh;
import dev.agentsgateway.prompt.PromptService;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.util.List;

/** {@code /admin/cache}: the cache of prompts of the replica that answers. Times are UTC. */
public final class PromptCacheRoutes implements Route.Source {
    private static final String TAG = "admin";

    private final PromptService prompts;
    private final InstantSource clock;
    private final QuarterHours schedule = new QuarterHours();

    public PromptCacheRoutes(PromptService prompts, InstantSource clock) {
        this.prompts = prompts;
        this.clock = clock;
    }

    record Stats(Size promptCache) {}

    record Size(int size, int maxsize, long ttl, int currsize) {}

    record Status(
            boolean isInitialized,
            LocalDateTime initializationTime,
            LocalDateTime lastRefreshTime,
            LocalDateTime nextRefreshTime,
            long secondsUntilNextRefresh,
            int cacheSize,
            int cacheMaxsize,
            long cacheTtlSeconds,
            long refreshIntervalSeconds,
            String refreshPattern,
            Statistics statistics) {}

    /** Since the start of the process. */
    record Statistics(
            long totalPromptsLoaded,
            long cacheHits,
            long cacheMisses,
            long fullRefreshes,
            long partialRefreshes,
            long loadErrors,
            long promptsUpdated,
            long promptsSkippedUnchanged) {}

    record InvalidateInput(
            @Query @Description("All prompts when there is none")
            String promptId) {}

    record Done(String status, String message) {}

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.get("/admin/cache/stats", Route.NoInput.class)
                        .tag(TAG)
                        .summary("How full the cache of prompts is")
                        .admin()
                        .inMemory()
                        .answers(200, Stats.class)
                        .handle(this::stats),
                Route.get("/admin/cache/status", Route.NoInput.class)
                        .tag(TAG)
                        .summary("How the cache of prompts is doing")
                        .admin()
                        .inMemory()
                        .answers(200, Status.class)
                        .handle(this::status),
                Route.post("/admin/cache/invalidate/prompts", InvalidateInput.class)
                        .tag(TAG)
                        .summary("Make every replica forget a cached prompt, or all")
                        .admin()
                        .inMemory()
                        .answers(200, Done.class)
                        .handle(this::invalidate),
                Route.post("/admin/cache/reload", Route.NoInput.class)
                        .tag(TAG)
                        .summary("Load all prompts, in the background")
                        .admin()
                        .inMemory()
                        .answers(200, Done.class)
                        .handle(this::reload),
                Route.post("/admin/cache/refresh", Route.NoInput.class)
                        .tag(TAG)
                        .summary("Bring the cached prompts up to date, in the background")
                        .admin()
                        .inMemory()
                        .answers(200, Done.class)
                        .handle(this::refresh));
    }

    private Answer stats(Call<Route.NoInput> call) {
        int size = prompts.cache().size();
        return Answer.ok(new Stats(new Size(size, PromptCache.CAPACITY, PromptCache.LIFETIME.toSeconds(), size)));
    }

    private Answer status(Call<Route.NoInput> call) {
        PromptRefresh.Status status = prompts.refresh().status();
        PromptCache.Counts counts = prompts.cache().counts();
        Instant now = clock.instant();
        Instant next = schedule.next(now, false);
        return Answer.ok(new Status(
                status.initialized(),
                Timestamps.utc(status.initializedAt()),
                Timestamps.utc(status.refreshedAt()),
                Timestamps.utc(next),
                Math.max(1, Duration.between(now, next).toSeconds()),
                prompts.cache().size(),
                PromptCache.CAPACITY,
                PromptCache.LIFETIME.toSeconds(),
                QuarterHours.INTERVAL.toSeconds(),
                "synchronized at 0, 15, 30, 45 minutes of each hour",
                new Statistics(
                        status.loaded(),
                        counts.hits(),
                        counts.misses(),
                        status.refreshes(),
                        0,
                        status.errors(),
                        counts.updated(),
                        counts.unchanged())));
    }

    private Answer invalidate(Call<InvalidateInput> call) {
        String id = call.input().promptId();
        boolean all = id == null || id.isEmpty();
        prompts.invalidate(all ? null : id);
        return done(all ? "All prompt caches invalidated" : "Prompt cache invalidated for " + id);
    }

    private Answer reload(Call<Route.NoInput> call) {
        PromptRefresh refresh = prompts.refresh();
        refresh.inBackground(refresh::load);
        return done("Cache reload initiated in background");
    }

    private Answer refresh(Call<Route.NoInput> call) {
        PromptRefresh refresh = prompts.refresh();
        refresh.inBackground(() -> refresh.refresh(null));
        return done("Cache refresh initiated in background");
    }

    private static Answer done(String message) {
        return Answer.ok(new Done("success", message));
    }
}

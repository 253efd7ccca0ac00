package dev.agentsgateway.prompt;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.http.Route;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** Everything about prompts, put together: what the other features and the server need of it. */
public final class PromptService implements Route.Source, AutoCloseable {
    /** On which the database tells of changed prompts, with their ids; nothing for all. */
    private static final String CHANGES = "prompt_changes";

    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    private final Database database;
    private final PromptBackend backend;
    private final PromptStore store;
    private final PromptCache cache;
    private final Prompts prompts;
    private final PromptVersions versions;
    private final PromptRefresh refresh;

    public PromptService(Database database, PromptConfig config, Clock clock) {
        this.database = database;
        backend = config.open(clock);
        store = new PromptStore(backend == null ? null : backend.name());
        cache = new PromptCache(Ticker.systemTicker());
        PromptCopies copies = backend == null
                ? null
                : new PromptCopies(database, store, backend, config.pullsAtOnce(), RETRY_PAUSE, clock);
        prompts = new Prompts(database, store, copies, cache, clock);
        versions = new PromptVersions(database, prompts, store);
        refresh = new PromptRefresh(database, store, copies, cache, clock);
    }

    /** Listens to what other replicas change, and loads in the background. Called once. */
    public void start() {
        database.listen(CHANGES, id -> {
            if (id != null && id.isEmpty()) {
                refresh.reset();
            } else {
                cache.forget(id);
            }
        });
        refresh.inBackground(refresh::load);
    }

    public Prompts prompts() {
        return prompts;
    }

    public PromptStore store() {
        return store;
    }

    public PromptCache cache() {
        return cache;
    }

    public PromptRefresh refresh() {
        return refresh;
    }

    /** Makes every replica forget a prompt; null for all. */
    public void invalidate(String id) {
        if (id == null) {
            refresh.reset();
        } else {
            cache.forget(id);
        }
        database.with(handle -> {
            Database.notify(handle, CHANGES, id == null ? "" : id);
            return null;
        });
    }

    @Override
    public List<Route<?>> routes() {
        return Route.of(new PromptRoutes(prompts), new PromptVersionRoutes(versions));
    }

    @Override
    public void close() {
        if (backend != null) {
            backend.close();
        }
    }
}

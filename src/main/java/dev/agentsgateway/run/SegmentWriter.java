package dev.agentsgateway.run;

import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.DatabaseUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores the events of all active runs, those of 50 ms in one commit. What cannot be stored stays with its run and is
 * tried again, or goes with the run's next commit.
 */
final class SegmentWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentWriter.class);
    private static final Duration GATHER = Duration.ofMillis(50);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

    private final Database database;
    private final RunStore store;
    private final Followers followers;
    private final LinkedBlockingQueue<ActiveRun> waiting = new LinkedBlockingQueue<>();
    private final Thread thread;

    private record Save(ActiveRun run, RunLog.Segment segment) {}

    SegmentWriter(Database database, RunStore store, Followers followers) {
        this.database = database;
        this.store = store;
        this.followers = followers;
        thread = Thread.ofVirtual().name("segment-writer").start(this::work);
    }

    /** The run has events that wait; called once for each time that its first one came. */
    void enqueue(ActiveRun run) {
        waiting.add(run);
    }

    /** Tells those who follow the run from elsewhere, if there are any, when the handle's transaction commits. */
    void wake(Handle handle, UUID run) {
        followers.wake(handle, List.of(run));
    }

    private void work() {
        List<ActiveRun> runs = new ArrayList<>();
        try {
            while (true) {
                runs.clear();
                runs.add(waiting.take());
                Thread.sleep(GATHER);
                waiting.drainTo(runs);
                if (!save(runs)) {
                    Thread.sleep(PAUSE_AFTER_FAILURE);
                    waiting.addAll(runs);
                }
            }
        } catch (InterruptedException e) {
            // Closed: what still waits goes with the runs' last commits.
        }
    }

    /** @return false when some events could not be stored and wait again */
    private boolean save(List<ActiveRun> runs) {
        List<Save> saves = new ArrayList<>();
        for (ActiveRun run : runs) {
            RunLog.Segment segment = run.log().beginSave();
            if (segment != null) {
                saves.add(new Save(run, segment));
            }
        }
        if (saves.isEmpty()) {
            return true;
        }
        try {
            commit(saves);
            return true;
        } catch (DatabaseUnavailableException e) {
            LOG.warn("events of {} runs could not be stored and will be tried again: {}", saves.size(), e.getMessage());
            return false;
        } catch (RuntimeException | Error e) {
            LOG.error("events could not be stored", e);
            // One run's bad luck must not be that of the others.
            return saves.size() > 1
                    && saves.stream().filter(save -> !saveAlone(save.run())).count() == 0;
        }
    }

    private boolean saveAlone(ActiveRun run) {
        return save(List.of(run));
    }

    private void commit(List<Save> saves) {
        boolean stored = false;
        try {
            List<String> events = saves.stream()
                    .map(save -> EventJson.write(save.segment().events()))
                    .toList();
            database.commit("", handle -> {
                for (int i = 0; i < saves.size(); i++) {
                    ActiveRun run = saves.get(i).run();
                    RunLog.Segment segment = saves.get(i).segment();
                    int epoch = run.log().epochs().newest();
                    store.saveSegment(handle, run.id(), epoch, segment.firstSeq(), segment.lastSeq(), events.get(i));
                }
                followers.wake(
                        handle, saves.stream().map(save -> save.run().id()).toList());
                return null;
            });
            stored = true;
        } finally {
            for (Save save : saves) {
                save.run().log().endSave(save.segment(), stored);
            }
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}

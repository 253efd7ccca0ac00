package dev.agentsgateway.run;

import dev.agentsgateway.db.Database;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
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
    private final LinkedBlockingQueue<ActiveRun> waiting = new LinkedBlockingQueue<>();
    private final Thread thread;

    private record Save(ActiveRun run, RunLog.Segment segment, String json) {}

    SegmentWriter(Database database, RunStore store) {
        this.database = database;
        this.store = store;
        thread = Thread.ofVirtual().name("segment-writer").start(this::work);
    }

    /** The run has events that wait; called once for each time that its first one came. */
    void enqueue(ActiveRun run) {
        waiting.add(run);
    }

    private void work() {
        try {
            while (true) {
                List<ActiveRun> runs = new ArrayList<>();
                runs.add(waiting.take());
                Thread.sleep(GATHER);
                waiting.drainTo(runs);
                save(runs);
            }
        } catch (InterruptedException e) {
            // Closed: what still waits goes with the runs' last commits.
        }
    }

    private void save(List<ActiveRun> runs) throws InterruptedException {
        List<Save> saves = new ArrayList<>();
        for (ActiveRun run : runs) {
            RunLog.Segment segment = run.log().beginSave();
            if (segment != null) {
                saves.add(new Save(run, segment, EventJson.write(segment.events())));
            }
        }
        if (saves.isEmpty()) {
            return;
        }
        boolean stored = false;
        try {
            database.commit("", handle -> {
                for (Save save : saves) {
                    store.saveSegment(
                            handle,
                            save.run().id(),
                            save.segment().firstSeq(),
                            save.segment().lastSeq(),
                            save.json());
                }
                return null;
            });
            stored = true;
        } catch (RuntimeException e) {
            LOG.warn("events of {} runs could not be stored and will be tried again: {}", saves.size(), e.getMessage());
        } finally {
            for (Save save : saves) {
                save.run().log().endSave(save.segment(), stored);
            }
        }
        if (!stored) {
            Thread.sleep(PAUSE_AFTER_FAILURE);
            saves.forEach(save -> waiting.add(save.run()));
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}

package dev.agentsgateway.admin;

import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.http.HttpException;
import dev.agentsgateway.prompt.BackendException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Named work that is done again and again, each on a virtual thread of its own. A run that fails is counted and changes
 * nothing about the schedule; the pause begins when a run has ended. Thread-safe.
 */
public final class BackgroundTasks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundTasks.class);

    private final InstantSource clock;
    private final Map<String, Task> tasks = new ConcurrentHashMap<>();

    public BackgroundTasks(InstantSource clock) {
        this.clock = clock;
    }

    /** What is done; may block, and is interrupted when it is cancelled. */
    public interface Work {
        void run() throws Exception;
    }

    /** When the next run is. */
    public interface Schedule {
        /**
         * @param now    when a run has ended, or the task was made
         * @param failed whether that run failed
         * @return later than {@code now}
         */
        Instant next(Instant now, boolean failed);
    }

    /**
     * How a task is doing. Times are UTC.
     *
     * @param lastRun   null before the first run that succeeded
     * @param lastError fit for clients; null while no run has failed
     */
    public record Info(
            Duration interval,
            Instant createdAt,
            Instant lastRun,
            Instant nextRun,
            long runCount,
            long errorCount,
            String lastError,
            boolean running,
            boolean cancelled) {}

    /**
     * Starts a task with a fixed pause between its runs.
     *
     * @param immediately whether the first run is now, or after one interval
     */
    public void create(String name, Duration interval, boolean immediately, Work work) {
        create(name, interval, immediately, (now, _) -> now.plus(interval), work);
    }

    /**
     * Starts a task; one of the same name is cancelled first.
     *
     * @param interval as it is shown
     */
    public void create(String name, Duration interval, boolean immediately, Schedule schedule, Work work) {
        Task task = new Task(name, interval, immediately, schedule, work);
        Task old = tasks.put(name, task);
        if (old != null) {
            old.thread.interrupt();
        }
        task.thread.start();
    }

    /** How all tasks are doing, by name in order of their making. */
    public Map<String, Info> infos() {
        Map<String, Info> infos = new LinkedHashMap<>();
        tasks.values().stream()
                .sorted((a, b) -> a.createdAt.compareTo(b.createdAt))
                .forEach(task -> infos.put(task.name, task.info()));
        return infos;
    }

    /** @return false when there is no such task */
    public boolean cancel(String name) {
        Task task = tasks.remove(name);
        if (task == null) {
            return false;
        }
        task.thread.interrupt();
        return true;
    }

    /** Cancels all. */
    @Override
    public void close() {
        tasks.keySet().forEach(this::cancel);
    }

    /** Messages of unknown failures may hold what clients must not see. */
    private static String shown(Exception failure) {
        return switch (failure) {
            case HttpException known -> String.valueOf(known.detail());
            case BackendException known -> known.getMessage();
            case DatabaseUnavailableException _ -> "The database is not available.";
            default -> "Unexpected failure (" + failure.getClass().getSimpleName() + "); the log says more.";
        };
    }

    private final class Task {
        private final String name;
        private final Duration interval;
        private final Schedule schedule;
        private final Work work;
        private final Thread thread;
        private final Instant createdAt = clock.instant();
        private Instant nextRun;
        private Instant lastRun;
        private String lastError;
        private long runs;
        private long errors;

        Task(String name, Duration interval, boolean immediately, Schedule schedule, Work work) {
            this.name = name;
            this.interval = interval;
            this.schedule = schedule;
            this.work = work;
            nextRun = immediately ? createdAt : schedule.next(createdAt, false);
            thread = Thread.ofVirtual().name("task-" + name).unstarted(this::loop);
        }

        private void loop() {
            Instant due = nextRun;
            try {
                while (tasks.get(name) == this) {
                    sleepUntil(due);
                    due = run();
                }
            } catch (InterruptedException e) {
                LOG.debug("task {} is cancelled", name);
            }
        }

        /** The clock may be ahead of the sleeper, which must not wake before the mark and run twice. */
        private void sleepUntil(Instant due) throws InterruptedException {
            for (Instant now = clock.instant(); now.isBefore(due); now = clock.instant()) {
                Thread.sleep(Duration.between(now, due).plusMillis(1));
            }
        }

        private Instant run() throws InterruptedException {
            try {
                work.run();
                return ended(null);
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                LOG.warn("task {} failed", name, e);
                return ended(e);
            }
        }

        private synchronized Instant ended(Exception failure) {
            Instant now = clock.instant();
            Instant next = schedule.next(now, failure != null);
            if (failure == null) {
                lastRun = now;
                nextRun = next;
                runs++;
            } else {
                errors++;
                lastError = shown(failure);
            }
            return next;
        }

        synchronized Info info() {
            boolean listed = tasks.get(name) == this;
            return new Info(
                    interval,
                    createdAt,
                    lastRun,
                    nextRun,
                    runs,
                    errors,
                    lastError,
                    listed && thread.isAlive(),
                    !listed);
        }
    }
}

package dev.agentsgateway.run;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The SQL of stored event logs, and of waking those who follow them. */
final class EventLogStore {
    /** Events that are read at once, unless a single segment holds more. */
    private static final int EVENTS_AT_ONCE = 256;

    private static final int SEGMENTS_AT_ONCE = 32;

    /**
     * How far a run is.
     *
     * @param lastSeq the number of its last stored event once it has ended or paused; 0 before, and when its events were
     *     dropped
     */
    record Progress(
            RunStatus status,
            EventEpochs epochs,
            int lastSeq,
            String errorCode,
            String errorMessage,
            Instant finishedAt) {
        /** Whether the pause that this event tells of is the one in which the run is, not an earlier one. */
        boolean pausedAt(int seq) {
            return status == RunStatus.PAUSED && seq >= lastSeq;
        }
    }

    /** Empty when there is no such run. */
    Optional<Progress> progress(Handle handle, UUID run) {
        return handle.createQuery("""
                        SELECT status, epochs, last_seq, error_code, error_message, finished_at
                        FROM ai.runs WHERE id = :run
                        """)
                .bind("run", run)
                .map((row, _) -> new Progress(
                        RunStatus.of(row.getString(1)),
                        epochs(row.getArray(2)),
                        row.getInt(3),
                        row.getString(4),
                        row.getString(5),
                        finished(row)))
                .findOne();
    }

    static EventEpochs epochs(Array array) throws SQLException {
        return new EventEpochs(Arrays.asList((Integer[]) array.getArray()));
    }

    private static Instant finished(ResultSet row) throws SQLException {
        OffsetDateTime at = row.getObject(6, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }

    /** The highest number of a stored event of any epoch; 0 when none is stored. */
    int highest(Handle handle, UUID run) {
        return handle.createQuery("""
                        SELECT last_seq FROM ai.run_segments WHERE run_id = :run ORDER BY first_seq DESC LIMIT 1
                        """)
                .bind("run", run)
                .mapTo(Integer.class)
                .findOne()
                .orElse(0);
    }

    /**
     * Stored segments of one epoch from the one that holds the event after {@code after} on, in order: about
     * {@value #EVENTS_AT_ONCE} events, and one segment at least when there is one.
     *
     * @param end the first number that is no longer wanted
     */
    List<RunLog.Segment> segments(Handle handle, UUID run, int epoch, int after, int end) {
        return handle.createQuery("""
                        SELECT first_seq, events FROM (
                            SELECT first_seq, events, sum(last_seq - first_seq + 1) OVER (ORDER BY first_seq)
                                - (last_seq - first_seq + 1) AS before
                            FROM (
                                SELECT first_seq, last_seq, events FROM ai.run_segments
                                WHERE run_id = :run AND epoch = :epoch AND last_seq > :after AND first_seq < :end
                                    AND first_seq >= coalesce((
                                        SELECT max(first_seq) FROM ai.run_segments
                                        WHERE run_id = :run AND epoch = :epoch AND first_seq <= :after + 1), 0)
                                ORDER BY first_seq LIMIT :limit) next) counted
                        WHERE before < :most ORDER BY first_seq
                        """)
                .bind("run", run)
                .bind("epoch", epoch)
                .bind("after", after)
                .bind("end", end)
                .bind("limit", SEGMENTS_AT_ONCE)
                .bind("most", EVENTS_AT_ONCE)
                .map((row, _) -> new RunLog.Segment(row.getInt(1), EventJson.read(row.getString(2))))
                .list();
    }

    /** The run's last stored event. */
    Optional<RunEvent> last(Handle handle, UUID run) {
        return handle.createQuery("""
                        SELECT events FROM ai.run_segments WHERE run_id = :run
                        ORDER BY epoch DESC, first_seq DESC LIMIT 1
                        """)
                .bind("run", run)
                .map((row, _) -> EventJson.read(row.getString(1)).getLast())
                .findOne();
    }

    /** Sends the ids to a channel's listeners when the handle's transaction commits. */
    void send(Handle handle, String channel, Collection<UUID> runs) {
        handle.createQuery("SELECT count(pg_notify(:channel, run)) FROM unnest(:runs::text[]) AS run")
                .bind("channel", channel)
                .bind("runs", runs.stream().map(UUID::toString).toArray(String[]::new))
                .mapTo(Integer.class)
                .one();
    }
}

package dev.agentsgateway.run;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/** Lets the runs of one session pass one at a time, in the order in which they came to this process. Thread-safe. */
final class SessionQueues {
    private final ConcurrentHashMap<SessionKey, Line> lines = new ConcurrentHashMap<>();
    private final int maxWaiting;

    SessionQueues(int maxWaiting) {
        this.maxWaiting = maxWaiting;
    }

    /** Those of one session that have not left; changed only within {@code lines.compute}. */
    private static final class Line {
        private int inside;
        private Ticket last;
    }

    /** A place in a session's queue. */
    final class Ticket {
        private final SessionKey session;
        private final CompletableFuture<Void> before;
        private final CompletableFuture<Void> left = new CompletableFuture<>();

        private Ticket(SessionKey session, CompletableFuture<Void> before) {
            this.session = session;
            this.before = before;
        }

        boolean first() {
            return before.isDone();
        }

        void await() throws InterruptedException {
            try {
                before.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Who waits behind goes on when those before have left, too. */
        void leave() {
            lines.computeIfPresent(session, (_, line) -> --line.inside == 0 ? null : line);
            before.thenRun(() -> left.complete(null));
        }
    }

    /** @throws RunRejectedException when too many wait already */
    Ticket enter(SessionKey session) {
        return enter(session, maxWaiting);
    }

    /** For a run that was accepted long ago. */
    Ticket enterAnyway(SessionKey session) {
        return enter(session, Integer.MAX_VALUE - 1);
    }

    private Ticket enter(SessionKey session, int most) {
        return lines.compute(session, (_, present) -> {
                    Line line = present == null ? new Line() : present;
                    if (line.inside > most) {
                        throw new RunRejectedException(
                                429, "Session " + session.sessionId() + " has too many waiting requests", 5);
                    }
                    line.inside++;
                    line.last = new Ticket(
                            session, line.last == null ? CompletableFuture.completedFuture(null) : line.last.left);
                    return line;
                })
                .last;
    }

    /** Sessions with runs that have not left. */
    int size() {
        return lines.size();
    }
}

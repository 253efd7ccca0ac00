package dev.agentsgateway.run;

import java.util.ArrayDeque;
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

    /** Those of one session that have not left, in the order in which they came; changed only within {@code lines.compute}. */
    private static final class Line {
        private final ArrayDeque<Ticket> inside = new ArrayDeque<>();
    }

    /** A place in a session's queue. */
    final class Ticket {
        private final SessionKey session;
        private final CompletableFuture<Void> turn = new CompletableFuture<>();

        private Ticket(SessionKey session) {
            this.session = session;
        }

        boolean first() {
            return turn.isDone();
        }

        void await() throws InterruptedException {
            try {
                turn.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Whoever is the first then may go on. */
        void leave() {
            Ticket[] next = new Ticket[1];
            lines.computeIfPresent(session, (_, line) -> {
                line.inside.remove(this);
                next[0] = line.inside.peekFirst();
                return next[0] == null ? null : line;
            });
            if (next[0] != null) {
                next[0].turn.complete(null);
            }
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
        Ticket ticket = new Ticket(session);
        lines.compute(session, (_, present) -> {
            Line line = present == null ? new Line() : present;
            if (line.inside.size() > most) {
                throw new RunRejectedException(
                        429, "Session " + session.sessionId() + " has too many waiting requests", 5);
            }
            line.inside.addLast(ticket);
            if (line.inside.peekFirst() == ticket) {
                ticket.turn.complete(null);
            }
            return line;
        });
        return ticket;
    }

    /** Sessions with runs that have not left. */
    int size() {
        return lines.size();
    }
}

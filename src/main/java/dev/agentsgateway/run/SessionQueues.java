package dev.agentsgateway.run;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/** Lets the runs of one session pass one at a time, in the order in which they came to this process. Thread-safe. */
final class SessionQueues {
    private final ConcurrentHashMap<SessionKey, Ticket> last = new ConcurrentHashMap<>();
    private final int maxWaiting;

    SessionQueues(int maxWaiting) {
        this.maxWaiting = maxWaiting;
    }

    /** A place in a session's queue. */
    final class Ticket {
        private final SessionKey session;
        private final Ticket before;
        private final int waiting;
        private final CompletableFuture<Void> left = new CompletableFuture<>();

        private Ticket(SessionKey session, Ticket before) {
            this.session = session;
            this.before = before;
            this.waiting = before == null ? 0 : before.waiting + 1;
        }

        boolean first() {
            return before == null || before.left.isDone();
        }

        void await() throws InterruptedException {
            if (before != null) {
                try {
                    before.left.get();
                } catch (ExecutionException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        void leave() {
            last.remove(session, this);
            left.complete(null);
        }
    }

    /** @throws RunRejectedException when too many wait already */
    Ticket enter(SessionKey session) {
        return last.compute(session, (_, tail) -> {
            Ticket ticket = new Ticket(session, tail);
            if (ticket.waiting > maxWaiting) {
                throw new RunRejectedException(
                        429, "Session " + session.sessionId() + " has too many waiting requests", 5);
            }
            return ticket;
        });
    }
}

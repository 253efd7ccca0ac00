package dev.agentsgateway.run;

import java.util.List;

/**
 * Whose events of a run count. After a takeover the new driver's events begin at some number, and what its predecessors
 * had stored from there on is void. Immutable.
 */
final class EventEpochs {
    static final EventEpochs FIRST = new EventEpochs(List.of());

    /** By epoch: the number of its first event. */
    private final int[] starts;

    /** @param takeovers {@code ai.runs.epochs}: the number of the first event after each takeover */
    EventEpochs(List<Integer> takeovers) {
        starts = new int[takeovers.size() + 1];
        starts[0] = 1;
        for (int i = 0; i < takeovers.size(); i++) {
            starts[i + 1] = takeovers.get(i);
        }
    }

    int newest() {
        return starts.length - 1;
    }

    /** The epoch whose event with this number counts. */
    int at(int seq) {
        int epoch = newest();
        while (epoch > 0 && starts[epoch] > seq) {
            epoch--;
        }
        return epoch;
    }

    /** The first number from which on the epoch's events are void. */
    int end(int epoch) {
        int end = Integer.MAX_VALUE;
        for (int later = epoch + 1; later < starts.length; later++) {
            end = Math.min(end, starts[later]);
        }
        return end;
    }

    /** Whether an event can have had this id. */
    boolean knows(EventId id) {
        return id.epoch() <= newest() && (id.epoch() == 0 || id.seq() >= starts[id.epoch()]);
    }

    /** The last event that counts among those up to this one: who has seen void events goes on from there. */
    EventId settle(EventId id) {
        int seq = Math.min(id.seq(), end(id.epoch()) - 1);
        return new EventId(seq, at(seq));
    }
}

package dev.agentsgateway.run;

/** A wire format of events. Whatever it writes depends on the run's identity and the event only. Thread-safe. */
public interface EventFormat {
    Writer writer(RunIdentity run);

    /** Writes the events of one run; for one thread. */
    interface Writer {
        /** Complete frames of server-sent events, with ids. */
        byte[] frames(RunEvents.Batch batch);

        /** The JSON object of one event, as in its frame. */
        byte[] data(RunEvent event);
    }
}

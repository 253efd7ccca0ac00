package dev.agentsgateway.run;

/** What a request for a run does when its session is busy: when a run of it waits or works, in whatever process. */
public enum OnBusy {
    /** Waits for its turn. */
    QUEUE,
    /** Is refused. */
    REJECT,
    /** Cancels the runs that were there before it, then runs. */
    INTERRUPT
}

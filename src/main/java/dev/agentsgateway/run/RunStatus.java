package dev.agentsgateway.run;

import java.util.Locale;

/** Where a run stands. The last three are final. */
public enum RunStatus {
    QUEUED,
    RUNNING,
    PAUSED,
    COMPLETED,
    FAILED,
    CANCELLED;

    public boolean ended() {
        return this == COMPLETED || this == FAILED || this == CANCELLED;
    }

    /** The word in the database and in {@code GET /v2/runs}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static RunStatus of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}

package dev.agentsgateway.prompt;

import dev.agentsgateway.http.HttpException;
import java.util.Map;

/** A back end of prompts did not do what it was asked. The message is fit for clients; the log says more. */
public final class BackendException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean away;

    private BackendException(String message, boolean away) {
        // Without a cause: whoever looks for lost database connections must not find another connection's failure.
        super(message, null, false, false);
        this.away = away;
    }

    /** It cannot be reached, is overloaded or broken: what it last said still counts. */
    static BackendException away(String message) {
        return new BackendException(message, true);
    }

    /** It answered, and would not. */
    static BackendException refused(String message) {
        return new BackendException(message, false);
    }

    boolean isAway() {
        return away;
    }

    /** @param failed what did not work, for example {@code Failed to update prompt} */
    HttpException answer(String failed) {
        return away
                ? new HttpException(503, getMessage() + " Nothing was changed; try again.", Map.of("Retry-After", "10"))
                : new HttpException(500, failed + ": " + getMessage());
    }
}

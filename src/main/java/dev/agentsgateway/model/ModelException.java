package dev.agentsgateway.model;

import java.time.Duration;

/**
 * A model call failed. {@link #getMessage()} is stable and fit for clients; {@link #detail()} is what the vendor said,
 * for logs only.
 */
public final class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;
    private final String detail;
    private final Duration retryAfter;

    public ModelException(Kind kind, String detail) {
        this(kind, detail, null);
    }

    public ModelException(Kind kind, String detail, Throwable cause) {
        this(kind, detail, null, cause);
    }

    public ModelException(Kind kind, String detail, Duration retryAfter, Throwable cause) {
        super(kind.message, cause);
        this.kind = kind;
        this.detail = detail;
        this.retryAfter = retryAfter;
    }

    public Kind kind() {
        return kind;
    }

    /** The machine-readable code, for example {@code model_rate_limited}. */
    public String code() {
        return kind.code;
    }

    /** At most 2 kB of what the vendor said, without credentials; null when it said nothing. */
    public String detail() {
        return detail;
    }

    /** When the vendor wants to be asked again, null when it did not say. */
    public Duration retryAfter() {
        return retryAfter;
    }

    public enum Kind {
        NOT_CONFIGURED("model_not_configured", "The model's provider is not configured.", false),
        AUTHENTICATION("model_authentication", "The model provider rejected the gateway's credentials.", false),
        NOT_FOUND("model_not_found", "The model provider does not know this model.", false),
        INVALID_REQUEST("model_invalid_request", "The model provider rejected the request.", false),
        CONTEXT_TOO_LONG("model_context_too_long", "The conversation is longer than the model's context.", false),
        QUOTA("model_quota_exceeded", "The model provider's quota is used up.", false),
        RATE_LIMITED("model_rate_limited", "The model provider is limiting requests. Try again later.", true),
        OVERLOADED("model_overloaded", "The model provider is overloaded. Try again later.", true),
        UPSTREAM("model_error", "The model provider failed.", true),
        CONNECTION("model_unreachable", "The model provider could not be reached.", true),
        TIMEOUT("model_timeout", "The model provider did not answer in time.", true),
        STREAM_CUT("model_stream_cut", "The model's answer broke off.", false),
        CANCELLED("model_cancelled", "The model call was cancelled.", false);

        private final String code;
        private final String message;
        private final boolean passing;

        Kind(String code, String message, boolean passing) {
            this.code = code;
            this.message = message;
            this.passing = passing;
        }

        /** Whether another try, or another model, may succeed. */
        public boolean passing() {
            return passing;
        }

        public String code() {
            return code;
        }
    }
}

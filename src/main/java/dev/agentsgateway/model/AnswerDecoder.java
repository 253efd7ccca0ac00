package dev.agentsgateway.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.model.ModelException.Kind;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Translates one answer of one vendor. An instance serves one answer and one thread. Whatever it throws as a
 * {@link ModelException} may carry the vendor's words unshortened: {@link ModelHttp} cuts and scrubs them.
 */
public interface AnswerDecoder extends ErrorAnswers {
    /**
     * One server-sent event of a streamed answer. Emitting {@link ModelEvent.Stop} ends the stream.
     *
     * @throws ModelException when the event reports an error
     */
    void event(JsonNode data, Consumer<ModelEvent> out);

    /** A whole answer in one JSON document; must emit {@link ModelEvent.Stop} or throw. */
    void whole(JsonNode body, Consumer<ModelEvent> out);

    /**
     * The stream is over, by OpenAI's {@code [DONE]} or by the end of the body.
     *
     * @param done whether it was {@code [DONE]}
     * @throws ModelException of kind {@code STREAM_CUT} when the protocol's own end was missing
     */
    void end(boolean done, Consumer<ModelEvent> out);

    /** Whether the protocol's end was seen, so that a connection that breaks now loses nothing. */
    boolean complete();

    /** @param retryAfter what the body says about when to come back, null for nothing */
    record Failure(Kind kind, Duration retryAfter) {
        public static Failure of(Kind kind) {
            return new Failure(kind, null);
        }
    }

    /** What a status means when the body says nothing better. */
    static Kind kindOfStatus(int status) {
        return switch (status) {
            case 401, 403 -> Kind.AUTHENTICATION;
            case 402 -> Kind.QUOTA;
            case 404 -> Kind.NOT_FOUND;
            case 408, 504 -> Kind.TIMEOUT;
            case 409 -> Kind.UPSTREAM;
            case 429 -> Kind.RATE_LIMITED;
            case 503, 529 -> Kind.OVERLOADED;
            default -> status >= 400 && status < 500 ? Kind.INVALID_REQUEST : Kind.UPSTREAM;
        };
    }
}

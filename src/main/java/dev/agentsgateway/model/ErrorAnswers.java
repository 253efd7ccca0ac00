package dev.agentsgateway.model;

import com.fasterxml.jackson.databind.JsonNode;

/** Understands a vendor's error answers. */
public interface ErrorAnswers {
    /** What an HTTP error answer means; {@code body} is a missing node when it is not JSON. */
    AnswerDecoder.Failure failure(int status, JsonNode body);
}

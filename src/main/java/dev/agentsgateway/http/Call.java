package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One request, admitted and validated.
 *
 * @param input     what the route declared, bound and checked
 * @param body      the JSON body as sent, to tell absent from null; null when the route has none
 * @param requestId also in the answer's {@code X-Request-Id} and in every log line
 */
public record Call<I>(I input, Caller caller, JsonNode body, String requestId) {}

package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;

/**
 * One request, admitted and validated.
 *
 * @param input     what the route declared, bound and checked
 * @param body      the JSON body as sent, to tell absent from null; null when the route has none
 * @param requestId also in the answer's {@code X-Request-Id} and in every log line
 * @param content   the body as it comes, of a route with a raw body; else null. Reading throws {@link HttpException}: 408
 *     when the client is too slow, 413 beyond the route's limit
 */
public record Call<I>(I input, Caller caller, JsonNode body, String requestId, InputStream content) {}

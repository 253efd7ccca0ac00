package dev.agentsgateway.http;

import java.util.Map;
import java.util.function.Function;

/** Decides who gets in, before a request is validated. */
public interface Guard {
    /**
     * @param header looks a request header up, null when absent
     * @throws HttpException 401, 403, 429 or 503
     */
    Admission admit(Access access, Function<String, String> header);

    /** @param headers response headers to add, whatever the answer will be */
    record Admission(Caller caller, Map<String, String> headers) {}
}

package dev.agentsgateway.http;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Which browser origins may call, per the Fetch standard's CORS protocol. Immutable. */
final class Cors {
    private static final String METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";
    private static final String ALLOW_ORIGIN = "access-control-allow-origin";
    private static final String ALLOW_CREDENTIALS = "access-control-allow-credentials";

    private final Set<String> exact = new LinkedHashSet<>(List.of("http://localhost", "http://localhost:3000"));
    private final List<Pattern> oneLabel;

    Cors(List<String> origins) {
        origins.stream().filter(origin -> !origin.contains("*")).forEach(exact::add);
        oneLabel = origins.stream()
                .filter(origin -> origin.contains("*"))
                .map(Cors::wildcard)
                .toList();
    }

    private static Pattern wildcard(String origin) {
        int star = origin.indexOf("://*.");
        if (star < 1 || origin.indexOf('*') != origin.lastIndexOf('*')) {
            throw new IllegalArgumentException("not an origin, nor of the form https://*.example.org: " + origin);
        }
        return Pattern.compile(Pattern.quote(origin.substring(0, star + 3)) + "[a-zA-Z0-9-]+"
                + Pattern.quote(origin.substring(star + 4)));
    }

    boolean allows(String origin) {
        return exact.contains(origin)
                || oneLabel.stream().anyMatch(each -> each.matcher(origin).matches());
    }

    /** Headers of an answer to a request with this {@code Origin}. */
    Map<String, String> simple(String origin) {
        return allows(origin)
                ? Map.of(ALLOW_CREDENTIALS, "true", ALLOW_ORIGIN, origin, "vary", "Origin")
                : Map.of(ALLOW_CREDENTIALS, "true");
    }

    /** The answer's headers to a preflight. */
    Map<String, String> preflight(String origin, String requestedHeaders) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("vary", "Origin");
        headers.put("access-control-allow-methods", METHODS);
        headers.put("access-control-max-age", "600");
        headers.put(ALLOW_CREDENTIALS, "true");
        if (allows(origin)) {
            headers.put(ALLOW_ORIGIN, origin);
        }
        if (requestedHeaders != null) {
            headers.put("access-control-allow-headers", requestedHeaders);
        }
        return headers;
    }
}

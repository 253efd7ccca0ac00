package dev.agentsgateway.http;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** Ids that join an answer with the log lines of its request. Not secret. */
final class RequestIds {
    private static final int MAX_LENGTH = 128;

    private RequestIds() {}

    static String make() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
    }

    /** The client's id when it is short and harmless in logs and headers, else a new one. */
    static String of(String given) {
        return given != null
                        && !given.isEmpty()
                        && given.length() <= MAX_LENGTH
                        && given.chars().allMatch(RequestIds::safe)
                ? given
                : make();
    }

    private static boolean safe(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-_.:/+=@".indexOf(c) >= 0;
    }
}

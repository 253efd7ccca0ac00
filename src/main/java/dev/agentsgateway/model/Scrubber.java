package dev.agentsgateway.model;

import java.util.regex.Pattern;

/** Makes a vendor's words fit for a log: without credentials (ours or what looks like one) and at most 2 kB. */
final class Scrubber {
    static final int MAX_LENGTH = 2048;

    private static final String HIDDEN = "[redacted]";
    private static final Pattern CREDENTIAL =
            Pattern.compile("(?i)\\b(?:sk-|AIza|Bearer\\s+|gsk_|xai-)[\\w*.\\-]{6,}|(?<=[?&]key=)[^&\\s\"]+");

    private final String secret;

    Scrubber(String secret) {
        this.secret = secret;
    }

    String scrub(String text) {
        if (text == null) {
            return null;
        }
        String known = secret == null || secret.isBlank() ? text : text.replace(secret, HIDDEN);
        String clean = CREDENTIAL.matcher(known).replaceAll(HIDDEN);
        return clean.length() <= MAX_LENGTH ? clean : clean.substring(0, MAX_LENGTH - 1) + "…";
    }
}

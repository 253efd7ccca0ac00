package dev.agentsgateway.common;

import java.util.Locale;

/** The reference's rule for making identifiers from names. */
public final class Slug {
    private static final int LONGEST = 63;

    private Slug() {}

    /**
     * Lower case, runs of hyphens and white space as one underscore, other characters that are neither letters nor digits
     * nor underscores dropped, {@code t_} before a leading digit, at most 63 characters. May be empty.
     */
    public static String of(String name) {
        StringBuilder slug = new StringBuilder();
        boolean separator = false;
        for (int c : name.toLowerCase(Locale.ROOT).codePoints().toArray()) {
            if (c == '-' || Character.isWhitespace(c)) {
                if (!separator) {
                    slug.append('_');
                }
                separator = true;
            } else {
                separator = false;
                if (c == '_' || Character.isLetterOrDigit(c)) {
                    slug.appendCodePoint(c);
                }
            }
        }
        if (!slug.isEmpty() && Character.isDigit(slug.codePointAt(0))) {
            slug.insert(0, "t_");
        }
        int length = slug.codePointCount(0, slug.length());
        return slug.substring(0, slug.offsetByCodePoints(0, Math.min(LONGEST, length)));
    }
}

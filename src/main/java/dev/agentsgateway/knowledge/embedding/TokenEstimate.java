package dev.agentsgateway.knowledge.embedding;

/**
 * About how many tokens a remote model reads, for models whose vocabulary is not here: rather more than fewer. What is
 * parted by blanks counts by itself, as in real tokenisers.
 */
final class TokenEstimate {
    private TokenEstimate() {}

    static int of(String text) {
        int tokens = 0;
        int quarters = 0;
        for (int at = 0; at < text.length(); ) {
            int c = text.codePointAt(at);
            at += Character.charCount(c);
            if (Character.isWhitespace(c)) {
                tokens += (quarters + 3) / 4;
                quarters = 0;
            } else {
                quarters += quarters(c);
            }
        }
        return tokens + (quarters + 3) / 4;
    }

    private static int quarters(int c) {
        if (c >= 0x2E80) {
            return 6;
        }
        if (c >= 0x80) {
            return 2;
        }
        return Character.isLetter(c) ? 1 : Character.isDigit(c) ? 2 : 4;
    }
}

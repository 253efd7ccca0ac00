package dev.agentsgateway.bench;

import java.nio.charset.StandardCharsets;

/** Counts a word in bytes that come in pieces (Knuth, Morris and Pratt), and notes when it was first seen. For one thread. */
final class Occurrences implements LoadConnection.Sink {
    private final byte[] word;
    private final int[] fallback;
    private int matched;
    private long count;
    private long firstSeen;

    Occurrences(String word) {
        this.word = word.getBytes(StandardCharsets.US_ASCII);
        this.fallback = new int[this.word.length + 1];
        for (int i = 1, border = 0; i < this.word.length; i++) {
            while (border > 0 && this.word[i] != this.word[border]) {
                border = fallback[border];
            }
            if (this.word[i] == this.word[border]) {
                border++;
            }
            fallback[i + 1] = border;
        }
    }

    @Override
    public void accept(byte[] bytes, int offset, int length) {
        int at = matched;
        for (int i = offset; i < offset + length; i++) {
            byte b = bytes[i];
            while (at > 0 && b != word[at]) {
                at = fallback[at];
            }
            if (b == word[at]) {
                at++;
            }
            if (at == word.length) {
                at = fallback[at];
                if (count++ == 0) {
                    firstSeen = System.nanoTime();
                }
            }
        }
        matched = at;
    }

    long count() {
        return count;
    }

    /** {@link System#nanoTime()} of the first one. */
    long firstSeen() {
        return firstSeen;
    }
}

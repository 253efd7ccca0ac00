package dev.agentsgateway.knowledge.document;

import dev.agentsgateway.knowledge.embedding.Embedder;
import java.text.BreakIterator;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The words of a text with their tokens, and how well the text can be cut before each of them. A word that is large
 * against a chunk is several atoms. One thread.
 */
final class Atoms {
    /** Ranks of a place between two atoms. */
    static final byte INSIDE_WORD = 0;

    static final byte WORD = 1;
    static final byte LINE = 2;
    static final byte SENTENCE = 3;
    static final byte PARAGRAPH = 4;

    private static final int LONGEST = 64;
    private static final int REMEMBERED = 50_000;

    private final Embedder embedder;
    private final int mostTokens;
    private final Map<String, Integer> known;
    private final String text;

    private final BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
    private int sentence;

    private int size;
    private int[] starts = new int[64];
    private int[] ends = new int[64];
    private byte[] ranks = new byte[64];
    private long[] sums = new long[65];

    private Atoms(Embedder embedder, int mostTokens, Map<String, Integer> known, String text) {
        this.embedder = embedder;
        this.mostTokens = mostTokens;
        this.known = known;
        this.text = text;
    }

    /**
     * Reads texts of one document one after the other, which share what is known of their words.
     *
     * @param mostTokens larger words are cut
     */
    static final class Reader {
        private final Embedder embedder;
        private final int mostTokens;
        private final Map<String, Integer> known = new HashMap<>();

        Reader(Embedder embedder, int mostTokens) {
            this.embedder = embedder;
            this.mostTokens = mostTokens;
        }

        Atoms read(String text) {
            Atoms atoms = new Atoms(embedder, mostTokens, known, text);
            atoms.read();
            return atoms;
        }
    }

    int size() {
        return size;
    }

    int start(int atom) {
        return starts[atom];
    }

    int end(int atom) {
        return ends[atom];
    }

    /** How well the text can be cut before an atom. */
    byte rank(int atom) {
        return ranks[atom];
    }

    /** The tokens of the atoms from {@code from} to before {@code to}. */
    long tokens(int from, int to) {
        return sums[to] - sums[from];
    }

    private void read() {
        sentences.setText(text);
        int at = 0;
        while (true) {
            int gap = at;
            int lines = 0;
            while (at < text.length() && blank(text.charAt(at))) {
                lines += text.charAt(at) == '\n' ? 1 : 0;
                at++;
            }
            if (at == text.length()) {
                return;
            }
            int start = at;
            while (at < text.length() && !blank(text.charAt(at))) {
                at++;
            }
            boolean begins = sentenceFrom(gap) <= start;
            word(start, at, lines > 1 ? PARAGRAPH : begins ? SENTENCE : lines == 1 ? LINE : WORD);
        }
    }

    /** The first place at which a sentence begins, not before {@code place}; places are asked for in ascending order. */
    private int sentenceFrom(int place) {
        while (sentence < place && sentence < text.length()) {
            sentence = sentences.next();
        }
        return sentence;
    }

    /** Scripts that part no words by blanks have their sentence ends inside of what looks like a word. */
    private void word(int start, int end, byte rank) {
        int from = start;
        byte before = rank;
        for (int place = sentenceFrom(start + 1); place < end; place = sentenceFrom(place + 1)) {
            piece(from, place, before);
            from = place;
            before = SENTENCE;
        }
        piece(from, end, before);
    }

    private void piece(int start, int end, byte rank) {
        int from = start;
        byte before = rank;
        while (end - from > LONGEST) {
            int cut = from + LONGEST;
            cut -= Character.isLowSurrogate(text.charAt(cut)) ? 1 : 0;
            halve(from, cut, before);
            from = cut;
            before = INSIDE_WORD;
        }
        halve(from, end, before);
    }

    private void halve(int start, int end, byte rank) {
        int tokens = count(text.substring(start, end));
        int middle = (start + end) >>> 1;
        if (middle > start && Character.isLowSurrogate(text.charAt(middle))) {
            middle--;
        }
        if (tokens <= mostTokens || middle == start) {
            add(start, end, rank, tokens);
            return;
        }
        halve(start, middle, rank);
        halve(middle, end, INSIDE_WORD);
    }

    private int count(String word) {
        Integer tokens = known.get(word);
        if (tokens == null) {
            tokens = embedder.countTokens(word);
            if (known.size() == REMEMBERED) {
                known.clear();
            }
            known.put(word, tokens);
        }
        return tokens;
    }

    private void add(int start, int end, byte rank, int tokens) {
        if (size == starts.length) {
            starts = Arrays.copyOf(starts, size * 2);
            ends = Arrays.copyOf(ends, size * 2);
            ranks = Arrays.copyOf(ranks, size * 2);
            sums = Arrays.copyOf(sums, size * 2 + 1);
        }
        starts[size] = start;
        ends[size] = end;
        ranks[size] = rank;
        sums[size + 1] = sums[size] + tokens;
        size++;
    }

    static boolean blank(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }
}

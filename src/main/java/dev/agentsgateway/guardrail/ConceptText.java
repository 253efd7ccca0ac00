package dev.agentsgateway.guardrail;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A text as the sequence of what its words mean: a character for each word, {@value #END} before and after each sentence. The
 * second sequence has {@link Lexicon#OTHER} for every word that is quoted. For one thread.
 */
final class ConceptText {
    static final char END = '|';
    private static final String OPENING = "\"'“„«‘‚";
    private static final String CLOSING = "\"'”“»’‘";
    /** Fewer words in quotation marks are emphasis. */
    private static final int SHORTEST_QUOTATION = 3;

    /** Letters that stand alone in a row are a word that was taken apart. */
    private static final int SPELLED = 4;

    /** Longer words are looked into for words that were written together. */
    private static final int COMPOUND = 12;

    private static final int LONGEST_COMPOUND = 300;

    private record Word(String text, boolean end, boolean opens, boolean closes) {
        boolean letter() {
            return text.length() == 1;
        }
    }

    private final Lexicon lexicon;
    private final Normaliser normaliser;
    private final StringBuilder all = new StringBuilder();
    private final StringBuilder unquoted = new StringBuilder();
    private int quotation = -1;

    /** @param text normalised */
    ConceptText(Lexicon lexicon, Normaliser normaliser, String text) {
        this.lexicon = lexicon;
        this.normaliser = normaliser;
        List<Word> words = words(text);
        append(END);
        int i = 0;
        while (i < words.size()) {
            i = add(words, i);
        }
    }

    String all() {
        return all.toString();
    }

    String unquoted() {
        return unquoted.toString();
    }

    private static boolean isWordPart(String text, int i) {
        char c = text.charAt(i);
        boolean inside = i + 1 < text.length() && i > 0 && Character.isLetterOrDigit(text.charAt(i + 1));
        return Character.isLetterOrDigit(c)
                || Character.isSurrogate(c)
                || c == '@'
                || c == '$'
                || (c == '!' && inside && Character.isLetterOrDigit(text.charAt(i - 1)));
    }

    private static boolean isIdeograph(char c) {
        return c >= '\u3040' && c <= '\u30ff' || c >= '\u4e00' && c <= '\u9fff';
    }

    private static List<Word> words(String text) {
        List<Word> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean opens = false;
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (isWordPart(text, i)) {
                word.append(c);
            } else if ((c == '\'' || c == '’') && !word.isEmpty() && i + 1 < text.length() && isWordPart(text, i + 1)) {
                // An apostrophe is no part of a word as it is looked up.
                i++;
                continue;
            } else {
                boolean closes = !word.isEmpty() && CLOSING.indexOf(c) >= 0;
                boolean end = ".!?;\n。！？；".indexOf(c) >= 0;
                if (!word.isEmpty()) {
                    words.add(new Word(word.toString(), end, opens, closes));
                    word.setLength(0);
                    opens = false;
                } else if (!words.isEmpty() && (end || CLOSING.indexOf(c) >= 0 && !startsWord(text, i))) {
                    Word last = words.removeLast();
                    words.add(new Word(last.text(), last.end() || end, last.opens(), last.closes() || !end));
                }
                if (OPENING.indexOf(c) >= 0 && startsWord(text, i)) {
                    opens = true;
                }
            }
            i++;
        }
        if (!word.isEmpty()) {
            words.add(new Word(word.toString(), true, opens, false));
        }
        return words;
    }

    private static boolean startsWord(String text, int mark) {
        boolean before = mark == 0 || !Character.isLetterOrDigit(text.charAt(mark - 1)) && text.charAt(mark - 1) != '.';
        return before && mark + 1 < text.length() && Character.isLetterOrDigit(text.charAt(mark + 1));
    }

    /** Adds the concept of the word at {@code i}, or of the phrase that begins there; returns what comes after. */
    private int add(List<Word> words, int i) {
        int letters = i;
        while (letters < words.size() && words.get(letters).letter()) {
            letters++;
        }
        if (letters - i >= SPELLED) {
            StringBuilder spelled = new StringBuilder();
            IntStream.range(i, letters)
                    .forEach(at -> spelled.append(words.get(at).text()));
            addParts(readable(spelled.toString()), false);
            end(words.get(letters - 1));
            return letters;
        }
        Word word = words.get(i);
        if (word.opens()) {
            quotation = unquoted.length();
        }
        int length = phrase(words, i);
        if (length == 0) {
            addWord(word.text());
            length = 1;
        }
        words.subList(i, i + length).forEach(this::end);
        return i + length;
    }

    private void end(Word word) {
        if (word.closes() && quotation >= 0) {
            quote();
        }
        if (word.end()) {
            append(END);
        }
    }

    private void quote() {
        int quoted = 0;
        for (int i = quotation; i < unquoted.length(); i++) {
            quoted += unquoted.charAt(i) == END ? 0 : 1;
        }
        for (int i = quotation; quoted >= SHORTEST_QUOTATION && i < unquoted.length(); i++) {
            if (unquoted.charAt(i) != END) {
                unquoted.setCharAt(i, Lexicon.OTHER);
            }
        }
        quotation = -1;
    }

    private void append(char concept) {
        all.append(concept);
        unquoted.append(concept);
    }

    /** The number of words of the longest phrase at {@code i}, whose concept is added; 0 for none. */
    private int phrase(List<Word> words, int i) {
        for (String first : normaliser.readings(words.get(i).text())) {
            for (int length = lexicon.longestPhrase(first); length > 1; length--) {
                if (i + length <= words.size()) {
                    StringBuilder phrase = new StringBuilder(first);
                    boolean together = !words.get(i).end();
                    for (int at = i + 1; at < i + length; at++) {
                        phrase.append(' ').append(words.get(at).text());
                        together &= at == i + length - 1 || !words.get(at).end();
                    }
                    char concept = together ? lexicon.exact(phrase.toString()) : 0;
                    if (concept != 0) {
                        append(concept);
                        return length;
                    }
                }
            }
        }
        return 0;
    }

    private void addWord(String word) {
        for (String reading : normaliser.readings(word)) {
            char concept = lexicon.word(reading);
            if (concept != 0) {
                append(concept);
                return;
            }
        }
        boolean ideographs = word.chars().anyMatch(c -> isIdeograph((char) c));
        if (ideographs) {
            addParts(word, false);
        } else if (word.length() < COMPOUND || word.length() > LONGEST_COMPOUND || !addParts(readable(word), true)) {
            append(Lexicon.OTHER);
        }
    }

    private String readable(String word) {
        return normaliser.readings(word).getLast();
    }

    /**
     * Adds the concepts that a text without blanks consists of, the longest from the left.
     *
     * @param whole whether nothing is to be added unless they make up most of it
     * @return whether they do
     */
    private boolean addParts(String text, boolean whole) {
        StringBuilder concepts = new StringBuilder();
        int covered = 0;
        int i = 0;
        while (i < text.length()) {
            Lexicon.Part part = lexicon.longest(text, i);
            if (part == null) {
                i++;
            } else {
                concepts.append(part.concept());
                covered += part.end() - i;
                i = part.end();
            }
        }
        boolean most = covered * 10 >= text.length() * 8 && concepts.length() > 1;
        if (most || !whole) {
            concepts.chars().forEach(concept -> append((char) concept));
        }
        return most;
    }
}

package dev.agentsgateway.guardrail;

import java.util.HashMap;
import java.util.Map;

/**
 * Which concept a word or a phrase means, in all languages at once. Entries are words, phrases of up to {@value #PHRASE}
 * words, and stems ({@code instruct*}). Thread-safe.
 */
final class Lexicon {
    /** A word that means nothing here. */
    static final char OTHER = '.';

    static final int PHRASE = 6;
    private static final int SHORTEST_STEM = 3;
    private static final int LONGEST_WORD = 40;

    private final Normaliser normaliser = new Normaliser();
    private final Map<String, Character> entries = new HashMap<>();
    private final Map<String, Character> stems = new HashMap<>();
    /** By their first word: how many words the longest phrase has. */
    private final Map<String, Integer> phrases = new HashMap<>();

    private int longestEntry;

    void add(String entry, char concept) {
        String text = normaliser.normalised(entry).replace("'", "");
        if (text.endsWith("*")) {
            stems.put(text.substring(0, text.length() - 1), concept);
            return;
        }
        entries.put(text, concept);
        longestEntry = Math.max(longestEntry, text.length());
        String[] words = text.split(" ");
        phrases.merge(words[0], words.length, Math::max);
    }

    int longestEntry() {
        return longestEntry;
    }

    int longestPhrase(String firstWord) {
        return phrases.getOrDefault(firstWord, 1);
    }

    /** The concept of exactly this word or phrase, 0 for none. */
    char exact(String text) {
        return entries.getOrDefault(text, (char) 0);
    }

    /** The concept of a word, by its stem if need be; 0 for none. */
    char word(String word) {
        if (word.length() > LONGEST_WORD) {
            return 0;
        }
        Character concept = entries.get(word);
        for (int end = word.length(); concept == null && end >= SHORTEST_STEM; end--) {
            concept = stems.get(word.substring(0, end));
        }
        return concept == null ? 0 : concept;
    }

    /** Whether the text begins a stem at {@code from}; its end, 0 for none. */
    int stemEnd(String text, int from) {
        for (int end = Math.min(text.length(), from + LONGEST_WORD); end >= from + SHORTEST_STEM; end--) {
            if (stems.containsKey(text.substring(from, end))) {
                return end;
            }
        }
        return 0;
    }

    char stem(String stem) {
        return stems.getOrDefault(stem, (char) 0);
    }
}

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

    /** Words and stems, letter by letter. */
    private final Node root = new Node();

    void add(String entry, char concept) {
        String text = normaliser.normalised(entry).replace("'", "");
        if (text.endsWith("*")) {
            String stem = text.substring(0, text.length() - 1);
            stems.put(stem, concept);
            spell(stem, concept);
            return;
        }
        entries.put(text, concept);
        String[] words = text.split(" ");
        phrases.merge(words[0], words.length, Math::max);
        if (words.length == 1 && text.length() > 1) {
            spell(text, concept);
        }
    }

    private void spell(String word, char concept) {
        Node node = root;
        for (char letter : word.toCharArray()) {
            node = node.next.computeIfAbsent(letter, _ -> new Node());
        }
        node.concept = concept;
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

    /** The longest word or stem that a text without blanks has at {@code from}; null for none. */
    Part longest(String text, int from) {
        Node node = root;
        Part longest = null;
        for (int i = from; i < text.length(); i++) {
            node = node.next.get(text.charAt(i));
            if (node == null) {
                break;
            }
            if (node.concept != 0) {
                longest = new Part(i + 1, node.concept);
            }
        }
        return longest;
    }

    /** A word within a text: where it ends, and what it means. */
    record Part(int end, char concept) {}

    private static final class Node {
        private final Map<Character, Node> next = new HashMap<>();
        private char concept;
    }
}

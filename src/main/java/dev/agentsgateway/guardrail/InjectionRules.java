package dev.agentsgateway.guardrail;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The rules of {@code guardrails/injection.json}: concepts and the words that mean them; weighted patterns of concepts;
 * and markers, weighted regular expressions over normalised text.
 *
 * <p>A pattern is a row of concepts: {@code a b} for one after the other, {@code a ~3 b} with up to three words between,
 * {@code a/b} for either, {@code start} and {@code end} for those of a
 * sentence. It matches within a sentence. All repetitions
 * are bounded, and a sentence is a row of single characters, so that matching takes linear time.
 *
 * @param threshold the sum of weights from which on a text is refused
 * @param quoted    by what the weight of a match is multiplied that needs quoted words; half of it where the text speaks
 *     about such messages
 * @param about     what is taken off there
 */
record InjectionRules(
        double threshold,
        double quoted,
        double about,
        char aboutConcept,
        Lexicon lexicon,
        List<Rule> rules,
        List<Rule> markers) {
    /**
     * A regular expression and what a match of it weighs.
     *
     * @param needed sets of characters, of each of which a text that matches has one
     */
    record Rule(Pattern pattern, List<Long> needed, double weight) {
        /** Whether a text may match that has no other characters than these. */
        boolean mayMatch(long characters) {
            for (long one : needed) {
                if ((one & characters) == 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** The first concept's character; none of them means anything to a regular expression. */
    private static final char FIRST = '\u4e00';

    /** As many as a set in a long can hold, beside what is none. */
    private static final int MOST_CONCEPTS = 63;

    static InjectionRules load() {
        try (InputStream in = InjectionRules.class.getResourceAsStream("/guardrails/injection.json")) {
            return of(Json.read(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InjectionRules of(JsonNode file) {
        Lexicon lexicon = new Lexicon();
        Map<String, Character> concepts = new HashMap<>();
        file.get("concepts").properties().forEach(concept -> {
            if (concepts.size() == MOST_CONCEPTS) {
                throw new IllegalArgumentException("more than " + MOST_CONCEPTS + " concepts");
            }
            char symbol = (char) (FIRST + concepts.size());
            concepts.put(concept.getKey(), symbol);
            concept.getValue().forEach(line -> {
                for (String entry : line.textValue().split(",")) {
                    lexicon.add(entry.strip(), symbol);
                }
            });
        });
        List<Rule> rules = new ArrayList<>();
        file.get("rules")
                .forEach(rule -> rules.add(
                        rule(rule.get("pattern").textValue(), rule.get("weight").doubleValue(), concepts)));
        List<Rule> markers = new ArrayList<>();
        file.get("markers")
                .forEach(rule -> markers.add(new Rule(
                        Pattern.compile(rule.get("regex").textValue()),
                        List.of(),
                        rule.get("weight").doubleValue())));
        return new InjectionRules(
                file.get("threshold").doubleValue(),
                file.get("quoted").doubleValue(),
                file.get("about").doubleValue(),
                concepts.get("about"),
                lexicon,
                List.copyOf(rules),
                List.copyOf(markers));
    }

    private static Rule rule(String pattern, double weight, Map<String, Character> concepts) {
        StringBuilder regex = new StringBuilder();
        List<Long> needed = new ArrayList<>();
        for (String word : pattern.split(" ")) {
            if (word.startsWith("~")) {
                regex.append("[^|]{0,")
                        .append(Integer.parseInt(word.substring(1)))
                        .append('}');
                continue;
            }
            StringBuilder either = new StringBuilder();
            for (String name : word.split("/")) {
                either.append(symbol(name, pattern, concepts));
            }
            regex.append('[').append(either).append(']');
            needed.add(characters(either, 0, either.length()));
        }
        return new Rule(Pattern.compile(regex.toString()), List.copyOf(needed), weight);
    }

    /** The set of the concepts in a part of a text. */
    static long characters(CharSequence text, int from, int to) {
        long set = 0;
        for (int i = from; i < to; i++) {
            // The last bit is that of what is no concept.
            char c = text.charAt(i);
            set |= 1L << (c < FIRST ? MOST_CONCEPTS : c - FIRST);
        }
        return set;
    }

    private static char symbol(String name, String words, Map<String, Character> concepts) {
        if (name.equals("start") || name.equals("end")) {
            return ConceptText.END;
        }
        if (!concepts.containsKey(name)) {
            throw new IllegalArgumentException("unknown concept '" + name + "' in: " + words);
        }
        return concepts.get(name);
    }
}

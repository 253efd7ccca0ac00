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
        double threshold, double quoted, double about, char aboutConcept, Lexicon lexicon, List<Rule> rules, List<Rule> markers) {
    /** A regular expression and what a match of it weighs. */
    record Rule(Pattern pattern, double weight) {}

    /** The first concept's character; none of them means anything to a regular expression. */
    private static final char FIRST = '\u4e00';

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
            char symbol = (char) (FIRST + concepts.size());
            concepts.put(concept.getKey(), symbol);
            concept.getValue().forEach(line -> {
                for (String entry : line.textValue().split(",")) {
                    lexicon.add(entry.strip(), symbol);
                }
            });
        });
        List<Rule> rules = new ArrayList<>();
        file.get("rules").forEach(rule -> rules.add(
                new Rule(pattern(rule.get("pattern").textValue(), concepts), rule.get("weight").doubleValue())));
        List<Rule> markers = new ArrayList<>();
        file.get("markers").forEach(rule -> markers.add(
                new Rule(Pattern.compile(rule.get("regex").textValue()), rule.get("weight").doubleValue())));
        return new InjectionRules(
                file.get("threshold").doubleValue(),
                file.get("quoted").doubleValue(),
                file.get("about").doubleValue(),
                concepts.get("about"),
                lexicon,
                List.copyOf(rules),
                List.copyOf(markers));
    }

    private static Pattern pattern(String words, Map<String, Character> concepts) {
        StringBuilder regex = new StringBuilder();
        for (String word : words.split(" ")) {
            if (word.startsWith("~")) {
                regex.append("[^|]{0,").append(Integer.parseInt(word.substring(1))).append('}');
            } else {
                regex.append('[');
                for (String name : word.split("/")) {
                    regex.append(symbol(name, words, concepts));
                }
                regex.append(']');
            }
        }
        return Pattern.compile(regex.toString());
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

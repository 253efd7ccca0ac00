package dev.agentsgateway.guardrail;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds messages that try to make a model drop what it was told, or tell it. The whole text is looked at, in windows of
 * {@value #WINDOW} words that overlap by more than the longest pattern, and so is what base64 in it says. Takes linear
 * time. Thread-safe.
 */
final class InjectionDetector {
    static final int WINDOW = 160;
    private static final int OVERLAP = 60;
    /** Base64 within base64; what is hidden deeper no model reads at once. */
    private static final int DEPTH = 2;

    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/_-]{16,}+");

    private final InjectionRules rules;
    private final Normaliser normaliser = new Normaliser();

    private InjectionDetector(InjectionRules rules) {
        this.rules = rules;
    }

    static InjectionDetector load() {
        return new InjectionDetector(InjectionRules.load());
    }

    boolean detects(String text) {
        return detects(text, 0);
    }

    private boolean detects(String text, int depth) {
        return score(text) >= rules.threshold() || depth < DEPTH && detectsEncoded(text, depth + 1);
    }

    /** The highest score of a window. */
    double score(String text) {
        String normalised = normaliser.normalised(text);
        double markers = 0;
        for (InjectionRules.Rule marker : rules.markers()) {
            if (marker.pattern().matcher(normalised).find()) {
                markers += marker.weight();
            }
        }
        ConceptText concepts = new ConceptText(rules.lexicon(), normaliser, normalised);
        String all = concepts.all();
        String unquoted = concepts.unquoted();
        double highest = markers;
        int from = 0;
        while (from < all.length() && highest < rules.threshold()) {
            int to = Math.min(all.length(), from + WINDOW);
            highest = Math.max(highest, markers + score(all, unquoted, from, to));
            from = to == all.length() ? to : to - OVERLAP;
        }
        return highest;
    }

    private double score(String all, String unquoted, int from, int to) {
        boolean about = unquoted.indexOf(rules.aboutConcept(), from, to) >= 0;
        double quoted = about ? rules.quoted() / 2 : rules.quoted();
        double score = about ? -rules.about() : 0;
        long characters = InjectionRules.characters(all, from, to);
        boolean quotes = !all.regionMatches(from, unquoted, from, to - from);
        for (InjectionRules.Rule rule : rules.rules()) {
            if (!rule.mayMatch(characters)) {
                continue;
            }
            if (matches(rule, unquoted, from, to)) {
                score += rule.weight();
            } else if (quotes && matches(rule, all, from, to)) {
                score += rule.weight() * quoted;
            }
        }
        return score;
    }

    private static boolean matches(InjectionRules.Rule rule, String concepts, int from, int to) {
        return rule.pattern()
                .matcher(concepts)
                .region(from, to)
                .useAnchoringBounds(false)
                .find();
    }

    private boolean detectsEncoded(String text, int depth) {
        Matcher matcher = BASE64.matcher(text);
        StringBuilder decoded = new StringBuilder();
        while (matcher.find()) {
            decoded.append(decoded(matcher.group())).append('\n');
        }
        return decoded.chars().anyMatch(c -> c != '\n') && detects(decoded.toString(), depth);
    }

    /** Empty for what is no text. */
    private static String decoded(String encoded) {
        String standard = encoded.replace('-', '+').replace('_', '/');
        try {
            byte[] bytes = Base64.getDecoder().decode(standard.substring(0, standard.length() - rest(standard)));
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.chars().allMatch(c -> c >= ' ' || Character.isWhitespace(c)) ? text : "";
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return "";
        }
    }

    /** A single character after the last group says nothing. */
    private static int rest(String encoded) {
        return encoded.length() % 4 == 1 ? 1 : 0;
    }
}

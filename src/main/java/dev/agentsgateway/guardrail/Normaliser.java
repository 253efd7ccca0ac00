package dev.agentsgateway.guardrail;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Undoes what hides words from a reader of letters: compatibility forms, case, accents, invisible characters, letters of
 * other scripts that look like Latin ones, and digits that stand for letters. Thread-safe.
 */
final class Normaliser {
    /** Format characters (zero-width ones, the soft hyphen), tags, variation selectors and fillers. */
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cf}\\x{fe00}-\\x{fe0f}\\x{115f}\\x{1160}\\x{3164}]");

    /** Ligatures of whole phrases and of units: one character would become up to 18. */
    private static final Pattern PHRASES = Pattern.compile("[\\x{fdf0}-\\x{fdff}\\x{3300}-\\x{33ff}]");

    private static final Pattern MARKS = Pattern.compile("\\p{Mn}");

    private static final Map<Character, Character> LOOKS_LIKE =
            pairs("аaвbсcԁdеeһhіiїiјjкkӏlмmнhоoрpԛqгrѕsтtυuѵvѡwԝwхxуyαaβbεeηnιiκkμuνvοoρpτtυuχxγyıiłløoðd");

    private static final Map<Character, Character> STANDS_FOR = pairs("4a@a3e1i!i|l0o5s$s7t+t8b9g6g2z");

    private static Map<Character, Character> pairs(String pairs) {
        Map<Character, Character> map = new HashMap<>();
        for (int i = 0; i < pairs.length(); i += 2) {
            map.put(pairs.charAt(i), pairs.charAt(i + 1));
        }
        return Map.copyOf(map);
    }

    /** The text in lower case, without accents and invisible characters. */
    String normalised(String text) {
        if (text.chars().allMatch(c -> c < 128)) {
            return text.toLowerCase(Locale.ROOT);
        }
        String compatible = Normalizer.normalize(PHRASES.matcher(text).replaceAll(" "), Normalizer.Form.NFKC)
                .toLowerCase(Locale.ROOT);
        String visible = INVISIBLE.matcher(compatible).replaceAll("");
        return MARKS.matcher(Normalizer.normalize(visible, Normalizer.Form.NFD)).replaceAll("");
    }

    /** What a word of normalised text may stand for: itself first. */
    List<String> readings(String word) {
        if (isPlain(word)) {
            return List.of(word);
        }
        String latin = replaced(word, LOOKS_LIKE);
        String letters = replaced(latin, STANDS_FOR);
        List<String> readings = new ArrayList<>(4);
        readings.add(word);
        if (!latin.equals(word)) {
            readings.add(latin);
        }
        if (!letters.equals(latin)) {
            readings.add(letters);
            if (latin.indexOf('1') >= 0) {
                readings.add(replaced(latin.replace('1', 'l'), STANDS_FOR));
            }
        }
        return readings;
    }

    private static boolean isPlain(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (word.charAt(i) < 'a' || word.charAt(i) > 'z') {
                return false;
            }
        }
        return true;
    }

    private static String replaced(String word, Map<Character, Character> by) {
        StringBuilder letters = null;
        for (int i = 0; i < word.length(); i++) {
            Character letter = by.get(word.charAt(i));
            if (letter != null) {
                letters = letters == null ? new StringBuilder(word) : letters;
                letters.setCharAt(i, letter);
            }
        }
        return letters == null ? word : letters.toString();
    }
}

package dev.agentsgateway.toolkit.datetime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A cursor over the words, numbers and signs of a phrase, in lower case. {@code 5:30pm} is {@code 5 : 30 pm}.
 *
 * <p>Looking past the end gives the empty string, so that the grammars need no bounds checks. Confined to one parse.
 */
final class Tokens {
    private static final String SIGNS = ":/-.,@";

    private final List<String> tokens;
    private int next;

    private Tokens(List<String> tokens) {
        this.tokens = tokens;
    }

    /** Empty when the text has a character that no phrase has. */
    static Optional<Tokens> of(String lowerCase) {
        List<String> tokens = new ArrayList<>();
        int i = 0;
        while (i < lowerCase.length()) {
            char c = lowerCase.charAt(i);
            int end = i + 1;
            if (isLetter(c)) {
                while (end < lowerCase.length() && isLetter(lowerCase.charAt(end))) {
                    end++;
                }
            } else if (isDigit(c)) {
                while (end < lowerCase.length() && isDigit(lowerCase.charAt(end))) {
                    end++;
                }
            } else if (isSpace(c)) {
                i = end;
                continue;
            } else if (SIGNS.indexOf(c) < 0) {
                return Optional.empty();
            }
            tokens.add(lowerCase.substring(i, end));
            i = end;
        }
        return Optional.of(new Tokens(tokens));
    }

    /** Phones and formatters like to put U+00A0 or U+202F before "PM", which {@link Character#isWhitespace} denies. */
    static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z' || c == '\'';
    }

    boolean atEnd() {
        return next >= tokens.size();
    }

    String peek() {
        return peek(0);
    }

    String peek(int ahead) {
        return next + ahead < tokens.size() ? tokens.get(next + ahead) : "";
    }

    void skip() {
        next++;
    }

    boolean accept(String... alternatives) {
        for (String alternative : alternatives) {
            if (peek().equals(alternative)) {
                next++;
                return true;
            }
        }
        return false;
    }

    /** Consumes all the words, or none of them. */
    boolean acceptAll(String... words) {
        for (int i = 0; i < words.length; i++) {
            if (!peek(i).equals(words[i])) {
                return false;
            }
        }
        next += words.length;
        return true;
    }

    /** Consumes a run of digits of such a length. */
    Optional<Integer> digits(int shortest, int longest) {
        String token = peek();
        if (token.isEmpty()
                || !isDigit(token.charAt(0))
                || token.length() < shortest
                || token.length() > Math.min(longest, 9)) {
            return Optional.empty();
        }
        next++;
        return Optional.of(Integer.parseInt(token));
    }

    /** Runs a rule; when it does not match, the cursor is where it was. */
    <T> Optional<T> attempt(Supplier<Optional<T>> rule) {
        int start = next;
        Optional<T> result = rule.get();
        if (result.isEmpty()) {
            next = start;
        }
        return result;
    }
}

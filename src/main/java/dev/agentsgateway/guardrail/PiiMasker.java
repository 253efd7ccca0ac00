package dev.agentsgateway.guardrail;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces what identifies people by as many asterisks: e-mail addresses, IBANs and payment card numbers with right check
 * digits, US social security numbers, and telephone numbers of the US and in international form. Takes linear time:
 * every pattern looks at a bounded number of characters from each place on. Thread-safe.
 */
final class PiiMasker {
    /** What masking uncovers is masked in a further pass; more than two are not known to be needed. */
    private static final int MOST_PASSES = 4;

    private static final List<Pattern> NUMBERS = List.of(
            // Social security number.
            Pattern.compile("(?<!\\d)\\d{3}-\\d{2}-\\d{4}(?!\\d)"),
            // International telephone number (E.164: at most 15 digits).
            Pattern.compile("(?<![\\w+])(?:\\+|00)[1-9](?:[ ./()\\u00a0-]{0,2}\\d){7,14}(?!\\d)"),
            // US telephone number with separators, whatever its digits.
            Pattern.compile("(?<![\\w+])(?:\\+?1[ .-]?)?(?:\\(\\d{3}\\) ?|\\d{3}[ .-])\\d{3}[ .-]\\d{4}(?!\\d)"),
            // Without them, where the numbering plan allows it: other numbers of ten digits are common.
            Pattern.compile("(?<![\\w+])(?:\\+?1)?[2-9]\\d{2}[2-9]\\d{6}(?!\\w)"));

    String mask(String text) {
        StringBuilder masked = new StringBuilder(text);
        for (int pass = 0; pass < MOST_PASSES && pass(masked); pass++) {
            // Until nothing changes.
        }
        return masked.toString();
    }

    private static boolean pass(StringBuilder text) {
        boolean changed = emails(text);
        changed |= ibans(text);
        changed |= cards(text);
        for (Pattern pattern : NUMBERS) {
            Matcher matcher = pattern.matcher(text);
            int at = 0;
            while (matcher.find(at)) {
                at = matcher.end();
                cover(text, matcher.start(), at);
                changed = true;
            }
        }
        return changed;
    }

    private static void cover(StringBuilder text, int from, int to) {
        for (int i = from; i < to; i++) {
            text.setCharAt(i, '*');
        }
    }

    /** From each {@code @} to both sides, as far as an address can go. */
    private static boolean emails(StringBuilder text) {
        boolean changed = false;
        for (int at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
            int from = at;
            while (from > 0 && isLocal(text.charAt(from - 1))) {
                from--;
            }
            int to = domainEnd(text, at + 1);
            if (from < at && to > 0) {
                cover(text, from, to);
                changed = true;
            }
        }
        return changed;
    }

    private static boolean isLocal(char c) {
        return Character.isLetterOrDigit(c) || "._%+-'".indexOf(c) >= 0;
    }

    /** Where the longest domain ends whose last label is a name of two letters or more; 0 for none. */
    private static int domainEnd(StringBuilder text, int start) {
        int end = 0;
        int label = start;
        int i = start;
        boolean dotted = false;
        boolean letters = true;
        while (true) {
            char c = i < text.length() ? text.charAt(i) : ' ';
            boolean part = Character.isLetterOrDigit(c) || c == '-';
            if (!part && i == label) {
                return end;
            }
            if (!part) {
                if (dotted && letters && i - label >= 2) {
                    end = i;
                }
                if (c != '.') {
                    return end;
                }
                dotted = true;
                letters = true;
                label = i + 1;
            } else {
                if (letters && dotted && i - label >= 2 && !Character.isLetter(c)) {
                    end = i;
                }
                letters &= Character.isLetter(c);
            }
            i++;
        }
    }

    private static boolean isGap(char c) {
        return c == ' ' || c == '-' || c == '\u00a0' || (c >= '\u2010' && c <= '\u2015');
    }

    private static boolean ibans(StringBuilder text) {
        boolean changed = false;
        for (int i = 0; i + 15 <= text.length(); i++) {
            if (isLatin(text.charAt(i))
                    && (i == 0 || !Character.isLetterOrDigit(text.charAt(i - 1)))
                    && isLatin(text.charAt(i + 1))
                    && isDigit(text.charAt(i + 2))
                    && isDigit(text.charAt(i + 3))) {
                int end = ibanEnd(text, i);
                if (end > 0) {
                    cover(text, i, end);
                    changed = true;
                }
            }
        }
        return changed;
    }

    /** The end of the longest IBAN (ISO 13616) from {@code start} on, 0 for none. */
    private static int ibanEnd(StringBuilder text, int start) {
        int end = 0;
        int rest = 0;
        int length = 4;
        int i = start + 4;
        while (i < text.length() && length < 34) {
            char c = text.charAt(i);
            if (isGap(c)) {
                i++;
                if (i < text.length() && isGap(text.charAt(i))) {
                    break;
                }
                continue;
            }
            if (!isLatin(c) && !isDigit(c)) {
                break;
            }
            rest = append(rest, c);
            length++;
            i++;
            boolean closed = i == text.length() || !Character.isLetterOrDigit(text.charAt(i));
            if (closed && length >= 15 && remainder(rest, text, start) == 1) {
                end = i;
            }
        }
        return end;
    }

    /** The country and the check digits count as the last. */
    private static int remainder(int rest, StringBuilder text, int start) {
        int all = rest;
        for (int i = 0; i < 4; i++) {
            all = append(all, text.charAt(start + i));
        }
        return all;
    }

    private static int append(int remainder, char c) {
        int value = Character.digit(c, 36);
        return (remainder * (value > 9 ? 100 : 10) + value) % 97;
    }

    private static boolean cards(StringBuilder text) {
        boolean changed = false;
        for (int i = 0; i < text.length(); i++) {
            if (isDigit(text.charAt(i)) && (i == 0 || !Character.isLetterOrDigit(text.charAt(i - 1)))) {
                int end = cardEnd(text, i);
                if (end > 0) {
                    cover(text, i, end);
                    changed = true;
                }
            }
        }
        return changed;
    }

    /** The end of the longest card number (ISO/IEC 7812) from {@code start} on, 0 for none. */
    private static int cardEnd(StringBuilder text, int start) {
        int[] digits = new int[19];
        int length = 0;
        int end = 0;
        for (int i = start; i < text.length() && length < digits.length; i++) {
            char c = text.charAt(i);
            if (!isDigit(c)) {
                if (isGap(c) && !isGap(text.charAt(i - 1))) {
                    continue;
                }
                break;
            }
            digits[length++] = Character.digit(c, 10);
            boolean closed = i + 1 == text.length() || !Character.isLetterOrDigit(text.charAt(i + 1));
            if (closed && length >= 13 && isIssued(digits, length) && isLuhn(digits, length)) {
                end = i + 1;
            }
        }
        return end;
    }

    /** Payment cards begin with 3 to 6, those of 16 digits also with 2. */
    private static boolean isIssued(int[] digits, int length) {
        return digits[0] >= 3 && digits[0] <= 6 || digits[0] == 2 && length == 16;
    }

    private static boolean isLuhn(int[] digits, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            int digit = digits[length - 1 - i] * (i % 2 + 1);
            sum += digit > 9 ? digit - 9 : digit;
        }
        return sum % 10 == 0;
    }

    private static boolean isDigit(char c) {
        return Character.isDigit(c);
    }

    private static boolean isLatin(char c) {
        return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
    }
}

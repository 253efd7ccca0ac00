package dev.agentsgateway.observability;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Takes secrets out of text before it leaves the process: registered values wherever they stand, and what looks like a
 * credential: our API keys, keys and tokens of well-known vendors, values of credential headers, bearer tokens, secret
 * query parameters, and passwords in URLs. Each is replaced by {@code ***}. A net under code that should not log
 * secrets, not a licence to do so: a password of which nobody told the scrubber looks like any word.
 *
 * <p>Thread-safe.
 */
public final class Scrubber {
    static final String MASK = "***";

    /** Shorter values would blank out ordinary words. */
    private static final int SHORTEST = 4;

    private static final int MOST = 1_000;

    private static final Pattern KEYS = Pattern.compile("agw_[A-Za-z0-9_-]{16,}"
            + "|\\bsk-[A-Za-z0-9_-]{16,}"
            + "|\\bAIza[A-Za-z0-9_-]{20,}"
            + "|\\bya29\\.[A-Za-z0-9._-]{16,}"
            + "|\\b(?:ghp|gho|ghs|github_pat|xox[abprs])[_-][A-Za-z0-9_-]{16,}"
            + "|\\beyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]*)?");

    private static final Pattern HEADERS = Pattern.compile(
            "((?:proxy-)?authorization|x-api-key|x-goog-api-key|x-admin-secret|x-sentry-auth|api-key)"
                    + "(\\\\?[\"']?\\s{0,4}[:=]\\s{0,4}\\\\?[\"'\\[]?\\s{0,4})"
                    + "(?:(?:bearer|basic|token|digest|apikey|sentry)\\s{1,4})?[^\\s\"',;}\\])\\\\]+",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern COOKIES =
            Pattern.compile("(cookie)(\\\\?[\"']?\\s{0,4}[:=]\\s{0,4})[^\\r\\n\"]+", Pattern.CASE_INSENSITIVE);

    private static final Pattern BEARER =
            Pattern.compile("\\b(bearer {1,4})[A-Za-z0-9._~+/=-]{8,}", Pattern.CASE_INSENSITIVE);

    private static final Pattern PARAMETERS = Pattern.compile(
            "((?<=[?&])(?:key|token|sig)|\\bapi_?key|(?:access|refresh|id)_token|\\bpassword|\\bpasswd|\\bpwd|secret)"
                    + "(\\\\?[\"']?=\\\\?[\"']?)[^\\s&\"',;)}\\]\\\\]+",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern USER_INFO = Pattern.compile("(://[^\\s/@:]{0,256}:)[^\\s/@]{1,1024}@");

    /** Longest first, so that a secret that contains another is not left in halves. */
    private volatile List<String> secrets = List.of();

    /**
     * Hides this value from now on, also where it is URL- or JSON-encoded. Null, and values of fewer than four
     * characters, are ignored. For the few secrets of the configuration, not for users' data.
     *
     * @throws IllegalStateException after a thousand values
     */
    public synchronized void register(String secret) {
        if (secret == null || secret.strip().length() < SHORTEST) {
            return;
        }
        Set<String> all = new LinkedHashSet<>(secrets);
        all.add(secret.strip());
        all.add(URLEncoder.encode(secret.strip(), StandardCharsets.UTF_8));
        all.add(new String(JsonStringEncoder.getInstance().quoteAsString(secret.strip())));
        if (all.size() > MOST * 3) {
            throw new IllegalStateException("too many secrets are registered");
        }
        secrets = all.stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /** The text without secrets; null stays null. */
    public String scrub(String text) {
        if (text == null || text.isEmpty()) {
            return text;
        }
        String clean = text;
        for (String secret : secrets) {
            clean = clean.replace(secret, MASK);
        }
        // Most lines hold none of these characters, and finding that out is much cheaper than a search.
        if (clean.indexOf('=') >= 0 || clean.indexOf(':') >= 0) {
            clean = HEADERS.matcher(clean).replaceAll("$1$2" + MASK);
            clean = COOKIES.matcher(clean).replaceAll("$1$2" + MASK);
            clean = PARAMETERS.matcher(clean).replaceAll("$1$2" + MASK);
            clean = USER_INFO.matcher(clean).replaceAll("$1" + MASK + "@");
        }
        clean = KEYS.matcher(clean).replaceAll(MASK);
        return clean.indexOf(' ') < 0 ? clean : BEARER.matcher(clean).replaceAll("$1" + MASK);
    }
}

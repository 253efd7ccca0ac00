package dev.agentsgateway.toolkit.datetime;

import java.time.Duration;
import java.time.Period;
import java.util.Optional;

/**
 * Reads a whole phrase: a date, a time of day and a distance from them, in any order and each at most once. Every word
 * must be understood: half of a phrase is a wrong date.
 */
final class PhraseParser {
    private final Tokens tokens;
    private final SpanGrammar spans;
    private final ClockGrammar clocks;
    private final DateGrammar dates;

    private Span offset;
    private boolean fromNow;
    private DateRule date;
    private ClockTime clock;
    private DayPart part;

    private PhraseParser(Tokens tokens) {
        this.tokens = tokens;
        this.spans = new SpanGrammar(tokens);
        this.clocks = new ClockGrammar(tokens);
        this.dates = new DateGrammar(tokens);
    }

    /** Empty when the text is no phrase. May throw ArithmeticException for numbers that no calendar has. */
    static Optional<Phrase> parse(String lowerCase) {
        return Tokens.of(lowerCase).flatMap(tokens -> new PhraseParser(tokens).phrase());
    }

    private Optional<Phrase> phrase() {
        while (!tokens.atEnd()) {
            boolean understood = now() || namedNight() || clock() || dayPart() || span() || date() || filler();
            if (!understood) {
                return Optional.empty();
            }
        }
        boolean anchored = date != null || clock != null || part != null;
        boolean complete = fromNow != anchored;
        return complete ? Optional.of(new Phrase(offset, date, clock, part)) : Optional.empty();
    }

    private boolean filler() {
        return tokens.accept("at", "@", "on", "in", "by", "the", "around", "about", ",", ".");
    }

    private boolean now() {
        return offset == null && (tokens.acceptAll("right", "now") || tokens.accept("now")) && anchor(Span.ZERO);
    }

    private boolean anchor(Span span) {
        offset = span;
        fromNow = true;
        return true;
    }

    /** "tonight", "last night", "this evening" say the day and the part of it at once. */
    private boolean namedNight() {
        if (date != null || part != null) {
            return false;
        }
        if (tokens.accept("tonight")) {
            date = DateGrammar.TODAY;
            part = DayPart.NIGHT;
            return true;
        }
        if (tokens.acceptAll("last", "night")) {
            date = DateRule.away(new Span(Period.ofDays(-1), Duration.ZERO));
            part = DayPart.NIGHT;
            return true;
        }
        Optional<DayPart> named = DayPart.of(tokens.peek(1));
        if (named.isEmpty() || !tokens.accept("this")) {
            return false;
        }
        tokens.skip();
        date = DateGrammar.TODAY;
        part = named.get();
        return true;
    }

    private boolean clock() {
        if (clock == null) {
            clocks.clockTime().ifPresent(read -> clock = read);
            return clock != null;
        }
        return false;
    }

    private boolean dayPart() {
        if (part != null) {
            return false;
        }
        Optional<DayPart> read = tokens.attempt(() -> {
            tokens.accept("in", "at");
            tokens.accept("the");
            return DayPart.of(tokens.peek());
        });
        read.ifPresent(named -> {
            tokens.skip();
            part = named;
        });
        return read.isPresent();
    }

    private boolean span() {
        return tokens.attempt(() -> {
                    boolean ahead = tokens.accept("in", "within", "after");
                    return spans.span().filter(span -> place(span, ahead));
                })
                .isPresent();
    }

    private boolean place(Span span, boolean ahead) {
        if (!ahead && tokens.accept("ago")) {
            return away(span.negated());
        }
        if (tokens.acceptAll("from", "now") || tokens.acceptAll("from", "today") || tokens.accept("later", "hence")) {
            return away(span);
        }
        if (tokens.accept("after", "from")) {
            return relativeTo(span);
        }
        if (tokens.accept("before")) {
            return relativeTo(span.negated());
        }
        return away(span);
    }

    /** Days from now keep the time of day unless another is given; hours from now leave nothing to be given. */
    private boolean away(Span span) {
        if (span.wholeDays()) {
            return date == null && setDate(DateRule.away(span));
        }
        return offset == null && anchor(span);
    }

    private boolean relativeTo(Span span) {
        if (span.wholeDays()) {
            tokens.accept("the");
            return date == null
                    && relativeDate().map(base -> setDate(base.plus(span))).orElse(false);
        }
        if (offset != null) {
            return false;
        }
        offset = span;
        return true;
    }

    /** "a week after the day after tomorrow" nests; the length of the text bounds how deep. */
    private Optional<DateRule> relativeDate() {
        return tokens.attempt(() -> spans.span()
                        .filter(Span::wholeDays)
                        .filter(unused ->
                                tokens.peek().equals("after") || tokens.peek().equals("from"))
                        .flatMap(inner -> {
                            tokens.skip();
                            return relativeDate().map(base -> base.plus(inner));
                        }))
                .or(dates::date);
    }

    private boolean setDate(DateRule rule) {
        date = rule;
        return true;
    }

    private boolean date() {
        return date == null && dates.date().map(this::setDate).orElse(false);
    }
}

package dev.agentsgateway.toolkit.datetime;

import java.math.BigDecimal;
import java.util.Optional;

/** Reads lengths of time: {@code 2 hours}, {@code an hour and a half}, {@code 1h 30m}, {@code two weeks and 3 days}. */
final class SpanGrammar {
    private static final BigDecimal HALF = new BigDecimal("0.5");

    private final Tokens tokens;

    SpanGrammar(Tokens tokens) {
        this.tokens = tokens;
    }

    Optional<Span> span() {
        return tokens.attempt(this::part).map(first -> {
            Span sum = first;
            Optional<Span> more = tokens.attempt(this::furtherPart);
            while (more.isPresent()) {
                sum = sum.plus(more.get());
                more = tokens.attempt(this::furtherPart);
            }
            return sum;
        });
    }

    private Optional<Span> furtherPart() {
        tokens.accept(",");
        tokens.accept("and");
        return part();
    }

    private Optional<Span> part() {
        Optional<BigDecimal> amount = amount();
        if (amount.isEmpty()) {
            return Optional.empty();
        }
        return unit().map(unit -> {
            BigDecimal total =
                    tokens.acceptAll("and", "a", "half") ? amount.get().add(HALF) : amount.get();
            return Span.of(total, unit);
        });
    }

    private Optional<Span.Unit> unit() {
        Optional<Span.Unit> unit = Span.Unit.of(tokens.peek());
        unit.ifPresent(unused -> tokens.skip());
        return unit;
    }

    private Optional<BigDecimal> amount() {
        if (tokens.accept("half")) {
            tokens.accept("a", "an");
            return Optional.of(HALF);
        }
        if (tokens.acceptAll("a", "couple") || tokens.accept("couple")) {
            tokens.accept("of");
            return Optional.of(BigDecimal.TWO);
        }
        if (tokens.accept("a", "an") || isUnitOfComparison()) {
            return Optional.of(tokens.accept("half") ? HALF : BigDecimal.ONE);
        }
        return tokens.attempt(this::decimal)
                .or(() -> Words.cardinal(tokens)
                        .map(BigDecimal::valueOf)
                        .map(n -> tokens.acceptAll("and", "a", "half") ? n.add(HALF) : n));
    }

    /** The day of "day after tomorrow": a unit without a number counts once, when something is compared with it. */
    private boolean isUnitOfComparison() {
        return Span.Unit.of(tokens.peek()).isPresent()
                && (tokens.peek(1).equals("after")
                        || tokens.peek(1).equals("before")
                        || tokens.peek(1).equals("from"));
    }

    private Optional<BigDecimal> decimal() {
        Optional<Integer> whole = tokens.digits(1, 9);
        if (whole.isEmpty() || !tokens.accept(".")) {
            return Optional.empty();
        }
        String fraction = tokens.peek();
        return tokens.digits(1, 9).map(unused -> new BigDecimal(whole.get() + "." + fraction));
    }
}

package dev.agentsgateway.toolkit.datetime;

import java.util.Optional;

/** What stands before a weekday, week, month or year. */
enum Qualifier {
    LAST(-1),
    THIS(0),
    NEXT(1);

    /** How many units away from the present one. */
    final int shift;

    Qualifier(int shift) {
        this.shift = shift;
    }

    static Optional<Qualifier> read(Tokens tokens) {
        Qualifier qualifier = switch (tokens.peek()) {
            case "last", "previous", "past" -> LAST;
            case "this", "current" -> THIS;
            case "next", "coming", "upcoming", "following" -> NEXT;
            default -> null;
        };
        if (qualifier != null) {
            tokens.skip();
            if (qualifier == THIS && tokens.accept("coming", "upcoming")) {
                return Optional.of(NEXT);
            }
        }
        return Optional.ofNullable(qualifier);
    }
}

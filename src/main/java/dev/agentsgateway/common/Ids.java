package dev.agentsgateway.common;

import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Makes identifiers, and reads them. */
public final class Ids {
    private Ids() {}

    /**
     * A UUID of version 7 (RFC 9562, section 5.7): ordered by time, so that rows made together lie together. It is not
     * a secret: whoever knows an id still needs the right to use it.
     */
    public static UUID timeOrdered() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = (System.currentTimeMillis() << 16) | 0x7000 | random.nextInt(0x1000);
        long low = (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    /** Empty for a text that is no UUID: nothing has such an id. */
    public static Optional<UUID> parse(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

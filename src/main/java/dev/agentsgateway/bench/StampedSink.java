package dev.agentsgateway.bench;

/**
 * Finds the tokens of {@link StampedReplies} in a stream and notes how long each was under way. A JSON string that holds
 * several, as the whole answer at a stream's end does, is not taken for one. For one thread.
 */
final class StampedSink implements LoadConnection.Sink {
    private final Window delays;
    private int digits;
    private long value;
    private boolean quoted;
    private int tokens;
    private int lead;

    StampedSink(Window delays) {
        this.delays = delays;
    }

    int tokens() {
        return tokens;
    }

    /** A token is a quotation mark, a blank, the digits and another quotation mark. */
    @Override
    public void accept(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            byte b = bytes[i];
            if (quoted && b >= '0' && b <= '9') {
                value = value * 10 + (b - '0');
                digits++;
                continue;
            }
            if (b == '"') {
                if (digits == StampedReplies.DIGITS) {
                    tokens++;
                    delays.record(System.nanoTime() - value);
                }
                lead = 1;
            } else {
                lead = b == ' ' && lead == 1 ? 2 : 0;
            }
            quoted = lead == 2;
            digits = 0;
            value = 0;
        }
    }
}

package dev.agentsgateway.model;

/**
 * Tokens of one or several model calls.
 *
 * @param input      prompt tokens, those read from or written to the vendor's cache included
 * @param output     answer tokens, reasoning included
 * @param cacheRead  of {@code input}: read from the vendor's cache
 * @param cacheWrite of {@code input}: written to the vendor's cache
 * @param reasoning  of {@code output}: spent on reasoning
 * @param estimated  whether any of it was estimated, because the vendor reported nothing
 */
public record Usage(long input, long output, long cacheRead, long cacheWrite, long reasoning, boolean estimated) {
    public static final Usage NONE = new Usage(0, 0, 0, 0, 0, false);

    public long total() {
        return input + output;
    }

    public Usage plus(Usage other) {
        return new Usage(
                input + other.input,
                output + other.output,
                cacheRead + other.cacheRead,
                cacheWrite + other.cacheWrite,
                reasoning + other.reasoning,
                estimated || other.estimated);
    }
}

package dev.agentsgateway.bench;

import java.time.Duration;

/**
 * How a fixed-timing model answers every request.
 *
 * @param firstToken     from the request to the first token
 * @param interval       between two writes; zero sends as fast as the client reads
 * @param tokens         tokens of an answer
 * @param tokensPerWrite tokens that are written in one go, each still its own event
 */
public record BenchTiming(Duration firstToken, Duration interval, int tokens, int tokensPerWrite) {
    public BenchTiming {
        if (tokens < 1 || tokensPerWrite < 1) {
            throw new IllegalArgumentException("at least one token and one token per write");
        }
    }
}

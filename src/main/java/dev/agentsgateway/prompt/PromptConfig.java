package dev.agentsgateway.prompt;

import java.time.Clock;

/** Stub. */
public record PromptConfig(int pullsAtOnce) {
    PromptBackend open(Clock clock) {
        return null;
    }
}

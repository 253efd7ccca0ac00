package dev.agentsgateway.run;

import java.time.Duration;

/**
 * How runs are driven and kept.
 *
 * @param maxActive     runs in this process, waiting ones included; more are rejected with 503
 * @param maxQueued     runs that wait for one session; more are rejected with 429
 * @param lease         within which after a process's last sign of life its runs go on elsewhere
 * @param eventRetention how long the events of an ended run are kept
 * @param confirmationValidity how long a run waits for a person
 * @param maxTakeovers  in a row without progress; one more and the run fails
 * @param clientGrace   how long a watched run goes on while nobody reads it
 * @param keyRetention  how long idempotency keys are kept
 */
public record RunSettings(
        int maxActive,
        int maxQueued,
        Duration lease,
        Duration eventRetention,
        Duration confirmationValidity,
        int maxTakeovers,
        Duration clientGrace,
        Duration keyRetention) {
    public static final RunSettings DEFAULT = new RunSettings(
            20_000,
            200,
            Duration.ofSeconds(15),
            Duration.ofHours(24),
            Duration.ofHours(24),
            3,
            Duration.ofSeconds(30),
            Duration.ofHours(24));
}

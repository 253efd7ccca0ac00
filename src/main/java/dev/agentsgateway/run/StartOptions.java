package dev.agentsgateway.run;

/**
 * How a run is started.
 *
 * @param background whether it goes on without a client
 * @param watched    whether it is cancelled when nobody has read its events for the grace period
 * @param key        null for none
 */
public record StartOptions(OnBusy onBusy, boolean background, boolean watched, IdempotencyKey key) {
    public static final StartOptions DEFAULT = new StartOptions(OnBusy.QUEUE, false, false, null);
}

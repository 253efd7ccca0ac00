package dev.agentsgateway.admin;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Asks whether the database answers, without ever waiting longer than a second and with at most one question under way,
 * however many clients ask. Thread-safe.
 */
final class DatabaseProbe {
    private static final int SECONDS = 1;

    private final BooleanSupplier question;
    private CompletableFuture<Boolean> asking;

    /** @param question may take long */
    DatabaseProbe(BooleanSupplier question) {
        this.question = question;
    }

    boolean answers() {
        try {
            return ask().get(SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private synchronized CompletableFuture<Boolean> ask() {
        if (asking == null || asking.isDone()) {
            asking = CompletableFuture.supplyAsync(
                    question::getAsBoolean,
                    work -> Thread.ofVirtual().name("health").start(work));
        }
        return asking;
    }
}

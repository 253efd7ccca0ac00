package dev.agentsgateway.mcp;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * One attempt at a time. Who waits while another's attempt fails gets that failure, instead of waiting for the same
 * again: otherwise the last of many would wait for all their time-outs. Thread-safe, reentrant.
 */
final class Attempts {
    private final ReentrantLock lock = new ReentrantLock();
    private McpException failure;
    private long failedAt;

    <T> T attempt(Supplier<T> work) {
        long begun = System.nanoTime();
        lock.lock();
        try {
            if (failure != null && failedAt - begun > 0) {
                throw failure;
            }
            return told(work);
        } finally {
            lock.unlock();
        }
    }

    private <T> T told(Supplier<T> work) {
        try {
            return work.get();
        } catch (McpException e) {
            failure = e;
            failedAt = System.nanoTime();
            throw e;
        }
    }

    /** What cannot fail. */
    void exclusively(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }
}

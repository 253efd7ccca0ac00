package dev.agentsgateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentsgateway.db.DatabaseUnavailableException;
import dev.agentsgateway.http.Caller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class CredentialCacheTest {
    private static final Credential OLD = new Credential(Caller.ANONYMOUS, 1, null);
    private static final Credential NEW = new Credential(Caller.ANONYMOUS, 2, null);

    @Test
    void looksUpOnceForManyAtOnce() throws Exception {
        AtomicInteger lookups = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        CredentialCache cache = new CredentialCache(hash -> {
            lookups.incrementAndGet();
            await(go);
            return hash.equals("known") ? Optional.of(OLD) : Optional.empty();
        });
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Optional<Credential>>> known = new ArrayList<>();
            List<Future<Optional<Credential>>> unknown = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                known.add(threads.submit(() -> cache.find("known")));
                unknown.add(threads.submit(() -> cache.find("unknown")));
            }
            go.countDown();
            for (Future<Optional<Credential>> each : known) {
                assertThat(each.get()).contains(OLD);
            }
            for (Future<Optional<Credential>> each : unknown) {
                assertThat(each.get()).isEmpty();
            }
        }
        assertThat(cache.find("known")).contains(OLD);
        assertThat(cache.find("unknown")).isEmpty();
        assertThat(lookups).hasValue(2);
    }

    @Test
    void doesNotKeepWhatWasReadBeforeAChange() throws Exception {
        for (String announced : new String[] {"k", null}) {
            AtomicReference<Credential> row = new AtomicReference<>(OLD);
            CountDownLatch read = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            CredentialCache cache = new CredentialCache(hash -> {
                Optional<Credential> seen = Optional.of(row.get());
                read.countDown();
                await(go);
                return seen;
            });
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Optional<Credential>> slow = threads.submit(() -> cache.find("k"));
                await(read);
                row.set(NEW);
                cache.forget(announced);
                Future<Optional<Credential>> later = threads.submit(() -> cache.find("k"));
                go.countDown();
                assertThat(slow.get()).contains(OLD);
                assertThat(later.get()).contains(NEW);
                assertThat(cache.find("k")).contains(NEW);
            }
        }
    }

    @Test
    void guessingTakesTwoConnectionsAtMost() throws Exception {
        AtomicInteger active = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CredentialCache cache = new CredentialCache(hash -> {
            most.accumulateAndGet(active.incrementAndGet(), Math::max);
            Thread.yield();
            active.decrementAndGet();
            return Optional.empty();
        });
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 1000; i++) {
                String guess = "guess " + i;
                threads.submit(() -> cache.find(guess));
            }
        }
        assertThat(most.get()).isBetween(1, 2);
    }

    @Test
    void anOutageIsNotRemembered() {
        AtomicReference<RuntimeException> outage =
                new AtomicReference<>(new DatabaseUnavailableException(new IOException("away")));
        CredentialCache cache = new CredentialCache(hash -> {
            if (outage.get() != null) {
                throw outage.get();
            }
            return Optional.of(OLD);
        });
        assertThatThrownBy(() -> cache.find("k")).isInstanceOf(DatabaseUnavailableException.class);
        outage.set(null);
        assertThat(cache.find("k")).contains(OLD);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

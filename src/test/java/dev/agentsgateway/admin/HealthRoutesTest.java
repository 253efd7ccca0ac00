package dev.agentsgateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentsgateway.auth.ApiKeys;
import dev.agentsgateway.auth.CuttableProxy;
import dev.agentsgateway.auth.Outage;
import dev.agentsgateway.auth.TestGateway;
import dev.agentsgateway.db.Database;
import dev.agentsgateway.db.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HealthRoutesTest {
    private final TestDatabase test = TestDatabase.create();
    private CuttableProxy proxy;
    private Database database;
    private TestGateway gateway;

    @BeforeEach
    void start() throws IOException {
        proxy = new CuttableProxy(test.settings().host(), test.settings().port());
        database = Database.open(
                Outage.through(proxy, test.settings()).withTimeouts(Duration.ofMillis(1500), Duration.ofSeconds(30)));
        gateway = new TestGateway(database, InstantSource.system(), false, TestGateway.ADMIN_SECRET);
    }

    @AfterEach
    void stop() throws IOException {
        proxy.mend();
        gateway.close();
        database.close();
        proxy.close();
        test.close();
    }

    private void answers(String path, int status, String body) {
        TestGateway.Reply reply = gateway.send("GET", path, null);
        assertThat(reply.status()).as(path).isEqualTo(status);
        assertThat(reply.body()).as(path).isEqualTo(body);
    }

    @Test
    void answersAsTheContractSays() {
        answers("/", 200, "{\"message\":\"Welcome to Agents Gateway\",\"docs\":\"/docs\",\"version\":\"1.0\"}");
        answers("/health", 200, "{\"status\":\"success\"}");
        answers("/status", 200, "{\"status\":\"healthy\",\"service\":\"agents-gateway\"}");
        answers("/version", 200, "{\"version\":\"1.0\"}");
        answers("/health/live", 200, "{\"status\":\"alive\"}");
        answers("/health/ready", 200, "{\"status\":\"ready\",\"checks\":{\"database\":true,\"accepting\":true}}");
    }

    @Test
    void isNotReadyWhileDraining() {
        gateway.drain();
        answers("/health/ready", 503, "{\"status\":\"not ready\",\"checks\":{\"database\":true,\"accepting\":false}}");
        answers("/health/live", 200, "{\"status\":\"alive\"}");
        answers("/health", 200, "{\"status\":\"success\"}");
    }

    @Test
    void answersWithinASecondWhileTheDatabaseIsAway() throws InterruptedException {
        ApiKeys.Created cached = gateway.keys().create("cached", null, null, 1000, null);
        ApiKeys.Created unused = gateway.keys().create("unused", null, null, 1000, null);
        assertThat(gateway.whoami(cached.secret()).status()).isEqualTo(200);
        proxy.cut();
        long start = System.nanoTime();
        answers("/health", 503, "{\"status\":\"failure\"}");
        answers("/health/ready", 503, "{\"status\":\"not ready\",\"checks\":{\"database\":false,\"accepting\":true}}");
        answers("/health/live", 200, "{\"status\":\"alive\"}");
        answers("/status", 200, "{\"status\":\"healthy\",\"service\":\"agents-gateway\"}");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));

        assertThat(gateway.whoami(cached.secret()).status()).isEqualTo(200);
        TestGateway.Reply unknown = gateway.whoami(unused.secret());
        assertThat(unknown.status()).isEqualTo(503);
        assertThat(unknown.header("Retry-After")).isNotNull();
        assertThat(gateway.admin("GET", "/admin/api-keys", null).status()).isEqualTo(503);

        proxy.mend();
        for (int i = 0; i < 100 && gateway.send("GET", "/health", null).status() != 200; i++) {
            Thread.sleep(50);
        }
        answers("/health/ready", 200, "{\"status\":\"ready\",\"checks\":{\"database\":true,\"accepting\":true}}");
    }

    @Test
    void askersShareOneQuestion() throws Exception {
        AtomicInteger questions = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        DatabaseProbe probe = new DatabaseProbe(() -> {
            questions.incrementAndGet();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return true;
        });
        assertThat(probe.answers()).as("after a second").isFalse();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> askers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                askers.add(threads.submit(probe::answers));
            }
            Thread.sleep(50);
            go.countDown();
            for (Future<Boolean> asker : askers) {
                assertThat(asker.get()).isTrue();
            }
        }
        assertThat(questions.get()).isBetween(1, 2);
    }
}

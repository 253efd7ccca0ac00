package dev.agentsgateway.knowledge.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.agentsgateway.http.outbound.OutboundGuard;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FetcherTest {
    private static final SourceLimits SMALL = new SourceLimits(1000, Duration.ofSeconds(10));

    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void keepsWhatStandsThereInAFileUntilItIsClosed() throws IOException {
        serve("/a/note.txt", 200, "text/plain; charset=utf-8", "Grüße".getBytes(StandardCharsets.UTF_8));
        FetchedFile kept;
        try (Fetcher fetcher = allowing("localhost");
                FetchedFile file = fetcher.fetch(url("localhost", "/a/note.txt?x=1#part"))) {
            kept = file;
            assertThat(Files.readString(file.file())).isEqualTo("Grüße");
            assertThat(file.filename()).isEqualTo("note.txt");
            assertThat(file.contentType()).isEqualTo("text/plain; charset=utf-8");
        }
        assertThat(kept.file()).doesNotExist();
        assertThat(asked).containsExactly("/a/note.txt?x=1");
    }

    @Test
    void nothingIsSentToAPrivateAddress() {
        serve("/", 200, "text/plain", new byte[1]);
        for (String host : List.of("localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433")) {
            SourceException refused = failure(allowing(), url(host, "/"));
            assertThat(refused).hasMessage("The host of the URL has no public address.");
            assertThat(refused.permanent()).isTrue();
        }
        assertThat(failure(allowing(), URI.create("file:///etc/passwd"))).hasMessageStartingWith("Only http");
        assertThat(asked).isEmpty();
    }

    @Test
    void redirectsAreFollowedAndCheckedOneByOne() throws IOException {
        redirect("/one", "two");
        redirect("/two", "/three");
        serve("/three", 200, null, "found".getBytes(StandardCharsets.UTF_8));
        redirect("/private", url("127.0.0.1", "/three").toString());
        redirect("/file", "file:///etc/passwd");
        redirect("/loop", "/loop");
        try (Fetcher fetcher = allowing("localhost");
                FetchedFile file = fetcher.fetch(url("localhost", "/one"))) {
            assertThat(Files.readString(file.file())).isEqualTo("found");
            assertThat(file.filename()).isEqualTo("three");
            assertThat(file.contentType()).isNull();
        }
        asked.clear();
        assertThat(failure(allowing("localhost"), url("localhost", "/private")))
                .hasMessage("The host of the URL has no public address.");
        assertThat(failure(allowing("localhost"), url("localhost", "/file"))).hasMessageStartingWith("Only http");
        assertThat(asked).containsExactly("/private", "/file");
        asked.clear();
        assertThat(failure(allowing("localhost"), url("localhost", "/loop"))).hasMessageContaining("5 redirects");
        assertThat(asked).hasSize(6);
    }

    @Test
    void whatIsTooLongIsRefusedWhetherItSaysSoOrNot() throws IOException {
        long before = temporaryFiles();
        serve("/said", 200, "text/plain", new byte[1001]);
        handle("/unsaid", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < 100_000; i++) {
                exchange.getResponseBody().write(new byte[1000]);
            }
        });
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
            gzip.write(new byte[1_000_000]);
        }
        handle("/zipped", exchange -> {
            exchange.getResponseHeaders().add("Content-Encoding", "gzip");
            exchange.sendResponseHeaders(200, zipped.size());
            exchange.getResponseBody().write(zipped.toByteArray());
        });
        serve("/fits", 200, "text/plain", new byte[1000]);
        for (String path : List.of("/said", "/unsaid", "/zipped")) {
            SourceException refused = failure(allowing("localhost"), url("localhost", path));
            assertThat(refused).as(path).hasMessage("The document is longer than 1000 bytes.");
            assertThat(refused.permanent()).isTrue();
        }
        try (Fetcher fetcher = allowing("localhost");
                FetchedFile file = fetcher.fetch(url("localhost", "/fits"))) {
            assertThat(file.file()).hasSize(1000);
        }
        assertThat(temporaryFiles()).isEqualTo(before);
    }

    @Test
    void timeIsLimitedForTheWholeEvenWhenSomethingArrivesNowAndThen() {
        handle("/drops", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < 100; i++) {
                exchange.getResponseBody().write('x');
                exchange.getResponseBody().flush();
                sleep(100);
            }
        });
        long start = System.nanoTime();
        var limits = new SourceLimits(1000, Duration.ofMillis(500));
        var fetcher = new Fetcher(new OutboundGuard(true, Set.of()), limits);
        SourceException slow = failure(fetcher, url("localhost", "/drops"));
        assertThat(slow).hasMessage("The server did not answer in time.");
        assertThat(slow.permanent()).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
    }

    @Test
    void whatMayPassAndWhatWillNotAreToldApart() {
        serve("/gone", 404, null, new byte[0]);
        serve("/busy", 503, null, new byte[0]);
        assertThat(failure(allowing("localhost"), url("localhost", "/gone")).permanent())
                .isTrue();
        assertThat(failure(allowing("localhost"), url("localhost", "/busy")).permanent())
                .isFalse();
        assertThat(failure(allowing("localhost"), url("localhost", "/gone")))
                .hasMessage("The server answered with status 404.");
        URI closed = url("localhost", "/");
        server.stop(0);
        assertThat(failure(allowing("localhost"), closed)).hasMessage("The server could not be reached.");
    }

    private static long temporaryFiles() throws IOException {
        try (var files = Files.list(java.nio.file.Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("document-"))
                    .count();
        }
    }

    private static SourceException failure(Fetcher fetcher, URI uri) {
        try (fetcher) {
            return catchThrowableOfType(SourceException.class, () -> fetcher.fetch(uri));
        }
    }

    private static Fetcher allowing(String... hosts) {
        return new Fetcher(new OutboundGuard(false, Set.of(hosts)), SMALL);
    }

    private URI url(String host, String path) {
        return URI.create("http://" + host + ":" + server.getAddress().getPort() + path);
    }

    private void redirect(String path, String to) {
        handle(path, exchange -> {
            exchange.getResponseHeaders().add("Location", to);
            exchange.sendResponseHeaders(302, -1);
        });
    }

    private void serve(String path, int status, String contentType, byte[] body) {
        handle(path, exchange -> {
            if (contentType != null) {
                exchange.getResponseHeaders().add("Content-Type", contentType);
            }
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                exchange.getResponseBody().write(body);
            }
        });
    }

    private void handle(String path, HttpHandler handler) {
        server.createContext(path, (HttpExchange exchange) -> {
            asked.add(exchange.getRequestURI().toString());
            try (exchange) {
                handler.handle(exchange);
            }
        });
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

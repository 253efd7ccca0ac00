package dev.agentsgateway.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SseReaderTest {
    private record Event(String type, String data) {}

    @Test
    void readsTheSpecificationsExamples() {
        assertThat(read("data: YHOO\ndata: +2\ndata: 10\n\n")).containsExactly(new Event("", "YHOO\n+2\n10"));
        assertThat(read(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"))
                .containsExactly(
                        new Event("", "first event"), new Event("", "second event"), new Event("", " third event"));
        assertThat(read("data\n\ndata\ndata\n\ndata:")).containsExactly(new Event("", ""), new Event("", "\n"));
        assertThat(read("event: add\ndata: 73857293\n\nevent: remove\r\ndata: 2153\r\r"))
                .containsExactly(new Event("add", "73857293"), new Event("remove", "2153"));
    }

    @Test
    void skipsTheByteOrderMarkOnlyAtTheStart() {
        assertThat(read("\uFEFFdata: a\n\n\uFEFFdata: b\n\n")).containsExactly(new Event("", "a"));
    }

    @Test
    void deliversAnEventBeforeMoreBytesAreThere() throws IOException {
        try (var pipe = new PipedOutputStream();
                var in = new PipedInputStream(pipe)) {
            pipe.write("data: now\r\n\r".getBytes(StandardCharsets.US_ASCII));
            pipe.flush();
            var reader = new SseReader(in, 1000);
            assertThat(reader.next()).isTrue();
            assertThat(reader.text()).isEqualTo("now");
        }
    }

    @Test
    void refusesAnEventThatIsTooLong() {
        String line = "data: " + "x".repeat(60) + "\n";
        assertThatThrownBy(() -> read(line.repeat(2) + "\n", 100))
                .hasCauseInstanceOf(SseReader.EventTooLargeException.class);
        assertThatThrownBy(() -> read("data: " + "x".repeat(200_000), 100_000))
                .hasCauseInstanceOf(SseReader.EventTooLargeException.class);
        assertThat(read(line + "\n" + line + "\n", 100)).hasSize(2);
    }

    /** Whatever the chunks of the network, the events are those of a plain reading of the specification. */
    @Property(tries = 500)
    void readsTheSameHoweverTheBytesArrive(@ForAll("streams") String text, @ForAll long seed) {
        assertThat(read(new Dribble(text.getBytes(StandardCharsets.UTF_8), new Random(seed)), 1 << 20))
                .isEqualTo(expected(text));
    }

    @Provide
    Arbitrary<String> streams() {
        Arbitrary<String> pieces = Arbitraries.of(
                "\n",
                "\r",
                "\r\n",
                "\n\n",
                "data",
                "data:",
                "data: ",
                "event: ",
                "event:",
                "id: 7",
                ":",
                ": note",
                "retry: 1",
                "x",
                "ü€😀",
                "{\"a\":1}",
                " ",
                "\uFEFF",
                "datax: y");
        return pieces.list().ofMaxSize(60).map(list -> String.join("", list));
    }

    /** Section 9.2.6, line by line, on text instead of bytes. */
    private static List<Event> expected(String text) {
        String unified = text.replace("\r\n", "\n").replace('\r', '\n');
        String body = unified.startsWith("\uFEFF") ? unified.substring(1) : unified;
        List<Event> events = new ArrayList<>();
        String type = "";
        StringBuilder data = new StringBuilder();
        String[] lines = body.split("\n", -1);
        for (int i = 0; i < lines.length - 1; i++) {
            String line = lines[i];
            if (line.isEmpty()) {
                if (!data.isEmpty()) {
                    events.add(new Event(type, data.substring(0, data.length() - 1)));
                }
                type = "";
                data.setLength(0);
                continue;
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            value = value.startsWith(" ") ? value.substring(1) : value;
            if (field.equals("data")) {
                data.append(value).append('\n');
            } else if (field.equals("event")) {
                type = value;
            }
        }
        return events;
    }

    private static List<Event> read(String text) {
        return read(text, 1 << 20);
    }

    private static List<Event> read(String text, int max) {
        return read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), max);
    }

    private static List<Event> read(InputStream in, int max) {
        var reader = new SseReader(in, max);
        List<Event> events = new ArrayList<>();
        try {
            while (reader.next()) {
                events.add(new Event(reader.event(), reader.text()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return events;
    }

    /** Hands out a few bytes at a time. */
    private static final class Dribble extends InputStream {
        private final ByteArrayInputStream bytes;
        private final Random random;

        Dribble(byte[] bytes, Random random) {
            this.bytes = new ByteArrayInputStream(bytes);
            this.random = random;
        }

        @Override
        public int read() {
            return bytes.read();
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            return bytes.read(into, offset, Math.min(length, 1 + random.nextInt(5)));
        }
    }
}

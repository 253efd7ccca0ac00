package dev.agentsgateway.run;

import dev.agentsgateway.app.TestGateway;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads one stream frame by frame, comments left out; closing drops the connection. */
final class EventClient implements AutoCloseable {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final HttpResponse<InputStream> response;
    private final InputStream in;

    private EventClient(HttpRequest request) throws IOException, InterruptedException {
        response = CLIENT.send(request, HttpResponse.BodyHandlers.ofInputStream());
        in = new BufferedInputStream(response.body());
    }

    /** @param lastEventId null for the beginning */
    static EventClient resume(TestGateway gateway, String run, String lastEventId) {
        HttpRequest.Builder request = request(gateway, "/v2/runs/" + run + "/events");
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        return open(request.build());
    }

    static EventClient chat(TestGateway gateway, String agent, String session, TestGateway.BodyChange change) {
        String body = TestGateway.chatBody("Go", json -> {
                    json.put("session_id", session);
                    change.apply(json);
                })
                .toString();
        return open(request(gateway, "/v2/agents/" + agent + "/chat")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private static HttpRequest.Builder request(TestGateway gateway, String path) {
        return HttpRequest.newBuilder(URI.create(gateway.url() + path))
                .timeout(Duration.ofSeconds(60))
                .header("X-API-Key", gateway.apiKey());
    }

    private static EventClient open(HttpRequest request) {
        try {
            return new EventClient(request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    int status() {
        return response.statusCode();
    }

    String run() {
        return response.headers().firstValue("X-Run-Id").orElse(null);
    }

    /** The next frame, null at the end; half a frame at the end is no frame. */
    String next() {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        try {
            int last = 0;
            for (int b = in.read(); b >= 0; b = in.read()) {
                frame.write(b);
                if (b == '\n' && last == '\n') {
                    String text = frame.toString(StandardCharsets.UTF_8);
                    if (!text.startsWith(":")) {
                        return text;
                    }
                    frame.reset();
                }
                last = b;
            }
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> rest() {
        List<String> frames = new ArrayList<>();
        for (String frame = next(); frame != null; frame = next()) {
            frames.add(frame);
        }
        return frames;
    }

    static String id(String frame) {
        return frame.lines()
                .filter(line -> line.startsWith("id: "))
                .map(line -> line.substring("id: ".length()))
                .findFirst()
                .orElse(null);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

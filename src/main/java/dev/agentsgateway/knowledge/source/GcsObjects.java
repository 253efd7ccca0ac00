package dev.agentsgateway.knowledge.source;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.core5.http.ClassicHttpResponse;

/**
 * Downloads objects of Google Cloud Storage (JSON API, {@code GET /storage/v1/b/{bucket}/o/{object}?alt=media}).
 * {@code STORAGE_EMULATOR_HOST} names another base URL, with or without a scheme, that is asked without credentials when
 * no key file is set, as Google's own libraries do. Thread-safe.
 */
public final class GcsObjects implements AutoCloseable {
    private static final String GOOGLES = "https://storage.googleapis.com";

    private final SourceHttp http;
    private final GoogleCredentials credentials;
    private final String base;
    private final boolean anonymous;

    /** @param variables {@code STORAGE_EMULATOR_HOST}, {@code GOOGLE_APPLICATION_CREDENTIALS}, {@code GCE_METADATA_HOST} */
    public GcsObjects(Map<String, String> variables, SourceLimits limits) {
        String emulator = variables.getOrDefault("STORAGE_EMULATOR_HOST", "").strip();
        this.http = new SourceHttp(limits);
        this.credentials = new GoogleCredentials(http, variables);
        this.base = emulator.isEmpty() ? GOOGLES : url(emulator);
        this.anonymous = !emulator.isEmpty() && !credentials.hasKeyFile();
    }

    /**
     * The bytes of an object.
     *
     * @param gcsPath {@code gs://bucket/object} or {@code bucket/object}
     * @throws SourceException when they cannot be had
     */
    public FetchedFile download(String gcsPath) {
        String path = gcsPath.startsWith("gs://") ? gcsPath.substring("gs://".length()) : gcsPath;
        int slash = path.indexOf('/');
        if (slash <= 0 || slash == path.length() - 1) {
            throw SourceException.permanent("The path of the object must be gs://bucket/object.");
        }
        String object = path.substring(slash + 1);
        URI uri = URI.create(
                base + "/storage/v1/b/" + encoded(path.substring(0, slash)) + "/o/" + encoded(object) + "?alt=media");
        long deadline = http.deadline();
        FetchedFile file = get(uri, object, deadline, true);
        return file == null ? get(uri, object, deadline, false) : file;
    }

    @Override
    public void close() {
        http.close();
    }

    /** Null when a new access token may help. */
    private FetchedFile get(URI uri, String object, long deadline, boolean first) {
        HttpGet request = new HttpGet(uri);
        String token = anonymous ? null : credentials.accessToken(deadline);
        if (token != null) {
            request.setHeader("Authorization", "Bearer " + token);
        }
        return http.execute(request, deadline, answer -> {
            if (answer.getCode() == 401 && token != null && first) {
                credentials.forget(token);
                return null;
            }
            return read(answer, object);
        });
    }

    private FetchedFile read(ClassicHttpResponse answer, String object) throws IOException {
        switch (answer.getCode()) {
            case 200 -> {
                return http.save(answer, object.substring(object.lastIndexOf('/') + 1));
            }
            case 401, 403 -> throw SourceException.permanent("Google Cloud Storage refuses access to the object.");
            case 404 -> throw SourceException.permanent("Google Cloud Storage has no such object.");
            default -> throw SourceHttp.failed(answer.getCode());
        }
    }

    private static String url(String host) {
        String url = host.contains("://") ? host : "http://" + host;
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}

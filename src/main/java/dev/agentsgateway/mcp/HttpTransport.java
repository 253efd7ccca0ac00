package dev.agentsgateway.mcp;

import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;

/** What the two HTTP transports have in common: the configured headers, the token, and what went wrong. */
abstract class HttpTransport extends ServerTransport {
    private static final Duration UNANSWERED = Duration.ofSeconds(10);

    private final McpHttp http;
    private final Map<Object, HttpUriRequestBase> exchanges = new ConcurrentHashMap<>();
    private final URI url;
    private final Map<String, String> headers;
    private final ClientCredentials credentials;

    /** @param credentials null for none */
    HttpTransport(Context context, McpServerSettings settings, ClientCredentials credentials) {
        super(context);
        this.http = context.http();
        this.url = Urls.web(settings.url(), "its URL");
        this.headers = settings.headers();
        this.credentials = credentials;
    }

    URI url() {
        return url;
    }

    /**
     * Posts one message.
     *
     * @param mark adds the transport's own headers
     * @param use  reads the response, which is open until it returns
     */
    void post(URI to, JSONRPCMessage message, Mark mark, Use use) throws IOException {
        Object id = message instanceof JSONRPCRequest request ? request.id() : new Object();
        boolean answered = message instanceof JSONRPCRequest;
        // What wants no answer has no deadline of its own.
        Future<?> deadline = answered ? null : http.after(UNANSWERED, () -> abandon(id));
        try (ClassicHttpResponse response = execute(() -> request(to, message, mark, id, answered))) {
            use.response(response);
        } finally {
            exchanges.remove(id);
            if (deadline != null) {
                deadline.cancel(false);
            }
        }
    }

    interface Mark {
        void mark(HttpUriRequestBase request);
    }

    interface Use {
        void response(ClassicHttpResponse response) throws IOException;
    }

    private HttpPost request(URI to, JSONRPCMessage message, Mark mark, Object id, boolean answered) {
        HttpPost request = new HttpPost(to);
        request.setEntity(new ByteArrayEntity(Wire.write(message), ContentType.APPLICATION_JSON));
        mark.mark(request);
        exchanges.put(id, request);
        if (answered && !waitsFor(id)) {
            // It expired while a token or a connection was waited for.
            throw new McpException(McpException.Kind.CANCELLED, "it was cancelled");
        }
        return request;
    }

    @Override
    void abandon(Object id) {
        HttpUriRequestBase request = exchanges.remove(id);
        if (request != null) {
            request.abort();
        }
    }

    void abandonAll() {
        exchanges.values().forEach(HttpUriRequestBase::abort);
    }

    /** Lets headers of the transport's own go before configured ones. */
    interface Making {
        HttpUriRequestBase request();
    }

    /**
     * Sends a request; a token that is refused is replaced once.
     *
     * @return an open response with a status that is not 401
     */
    ClassicHttpResponse execute(Making making) throws IOException {
        String token = credentials == null ? null : credentials.token();
        ClassicHttpResponse response = execute(making.request(), token);
        if (response.getCode() == 401 && token != null) {
            response.close();
            response = execute(making.request(), credentials.token(token));
        }
        if (response.getCode() == 401 || response.getCode() == 403) {
            int status = response.getCode();
            response.close();
            throw new McpException(
                    McpException.Kind.ANSWERED, "the server refuses the gateway's credentials (status " + status + ")");
        }
        return response;
    }

    private ClassicHttpResponse execute(HttpUriRequestBase request, String token) throws IOException {
        headers.forEach((name, value) -> {
            if (!request.containsHeader(name)) {
                request.setHeader(name, value);
            }
        });
        if (token != null) {
            request.setHeader("Authorization", "Bearer " + token);
        }
        URI to = uri(request);
        try {
            return http.client().executeOpen(new HttpHost(to.getScheme(), to.getHost(), to.getPort()), request, null);
        } catch (UnknownHostException e) {
            throw new McpException(McpException.Kind.NOT_SENT, "its host is unknown or must not be connected to", e);
        } catch (ConnectException
                | ConnectTimeoutException
                | NoRouteToHostException
                | ConnectionRequestTimeoutException e) {
            throw new McpException(McpException.Kind.NOT_SENT, "the server cannot be reached", e);
        }
    }

    private static URI uri(HttpUriRequestBase request) throws IOException {
        try {
            return request.getUri();
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    static boolean hasType(ClassicHttpResponse response, String type) {
        Header header = response.getFirstHeader("Content-Type");
        return header != null && header.getValue().toLowerCase(Locale.ROOT).startsWith(type);
    }

    static byte[] body(ClassicHttpResponse response) throws IOException {
        return response.getEntity() == null
                ? new byte[0]
                : response.getEntity().getContent().readNBytes(MAX_MESSAGE + 1);
    }
}

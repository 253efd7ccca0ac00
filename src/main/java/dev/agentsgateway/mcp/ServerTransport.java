package dev.agentsgateway.mcp;

import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.ProtocolVersions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * What the three transports have in common: every request gets an answer or an error before its deadline, and is
 * forgotten then. Written for threads that may block. Thread-safe.
 */
abstract class ServerTransport implements McpClientTransport {
    private static final Logger LOG = LoggerFactory.getLogger(ServerTransport.class);
    static final List<String> VERSIONS = List.of(
            ProtocolVersions.MCP_2024_11_05,
            ProtocolVersions.MCP_2025_03_26,
            ProtocolVersions.MCP_2025_06_18,
            ProtocolVersions.MCP_2025_11_25);

    /** In the context of an exchange: where its request's id goes. */
    static final String REQUEST = "request";

    /** Longest message of a server that is read. */
    static final int MAX_MESSAGE = 4 << 20;

    static final String TOO_LONG = "the server's answer is longer than " + (MAX_MESSAGE >> 20) + " MiB";

    /** Codes of errors that a server did not send, in the range that JSON-RPC 2.0 leaves to implementations. */
    static final int TIMED_OUT = -32_091;

    static final int BROKEN = -32_092;
    static final int TOO_LARGE = -32_093;

    private final McpHttp http;
    private final Scheduler threads;
    private final Duration callTimeout;
    private final Duration otherTimeout;
    private final Map<Object, Future<?>> pending = new ConcurrentHashMap<>();
    private volatile Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> handler = message -> message;
    private volatile Runnable lost = () -> {};

    /** What every transport needs: the timer, threads that may block, and how long to wait. */
    record Context(McpHttp http, Scheduler threads, Duration callTimeout, Duration otherTimeout) {}

    ServerTransport(Context context) {
        this.http = context.http();
        this.threads = context.threads();
        this.callTimeout = context.callTimeout();
        this.otherTimeout = context.otherTimeout();
    }

    /** Makes the connection where the transport has a lasting one. */
    void open() {}

    /** Sends one message; a request's answer may come then or later. */
    abstract void send(JSONRPCMessage message) throws IOException;

    /** The answer to a request is no longer waited for. */
    void abandon(@SuppressWarnings("unused") Object id) {}

    /** Says goodbye and lets everything go; must not take long. */
    abstract void shut();

    /** @param task runs once when the connection is lost, so that nothing more can come over it */
    void onLost(Runnable task) {
        lost = task;
    }

    @Override
    public List<String> protocolVersions() {
        return VERSIONS;
    }

    @Override
    public Mono<Void> connect(Function<Mono<JSONRPCMessage>, Mono<JSONRPCMessage>> incoming) {
        handler = incoming;
        return Mono.empty();
    }

    @Override
    public Mono<Void> sendMessage(JSONRPCMessage message) {
        return Mono.deferContextual(context -> {
            if (message instanceof JSONRPCRequest request) {
                context.<AtomicReference<Object>>getOrEmpty(REQUEST).ifPresent(id -> id.set(request.id()));
            }
            return Mono.<Void>fromRunnable(() -> sendNow(message)).subscribeOn(threads);
        });
    }

    /** Nobody waits for the answer any more. */
    void cancel(Object id) {
        if (id != null && settled(id)) {
            threads.schedule(() -> {
                hand(error(id, BROKEN, "cancelled"));
                abandon(id);
                cancelled(id);
            });
        }
    }

    private void sendNow(JSONRPCMessage message) {
        JSONRPCRequest request = message instanceof JSONRPCRequest asked ? asked : null;
        if (request != null) {
            Duration timeout = request.method().equals(McpSchema.METHOD_TOOLS_CALL) ? callTimeout : otherTimeout;
            pending.put(request.id(), http.after(timeout, () -> expire(request.id())));
        }
        try {
            send(message);
        } catch (IOException e) {
            failed(request, new McpException(McpException.Kind.BROKEN, "the connection broke", e));
        } catch (RuntimeException e) {
            failed(request, e);
        }
    }

    /** Nobody is told twice: a request that has got its answer, or has expired, is no longer pending. */
    private void failed(JSONRPCRequest request, RuntimeException e) {
        if (request == null || settled(request.id())) {
            throw e;
        }
    }

    private boolean settled(Object id) {
        Future<?> deadline = pending.remove(id);
        if (deadline != null) {
            deadline.cancel(false);
        }
        return deadline != null;
    }

    private void expire(Object id) {
        if (pending.remove(id) != null) {
            threads.schedule(() -> {
                hand(error(id, TIMED_OUT, "no answer in time"));
                abandon(id);
                cancelled(id);
            });
        }
    }

    /** MCP, basic/utilities/cancellation: a client that stops waiting says so. */
    private void cancelled(Object id) {
        try {
            send(new JSONRPCNotification(
                    "notifications/cancelled", Map.of("requestId", id, "reason", "The client stopped waiting.")));
        } catch (IOException | RuntimeException e) {
            LOG.debug("a server was not told that its answer is no longer waited for", e);
        }
    }

    boolean waitsFor(Object id) {
        return pending.containsKey(id);
    }

    /** The requests that have no answer yet. */
    List<Object> waiting() {
        return List.copyOf(pending.keySet());
    }

    /** Hands what a server sent to the session; what is no message is dropped. */
    void deliver(byte[] bytes, int length) {
        try {
            for (JSONRPCMessage message : Wire.read(bytes, length)) {
                if (!(message instanceof JSONRPCResponse response) || response.id() != null && settled(response.id())) {
                    hand(message);
                }
            }
        } catch (IOException e) {
            LOG.debug("an MCP server sent something that is no message: {}", e.getMessage());
        }
    }

    /** Ends the wait for an answer with an error of the gateway's own. */
    void fail(Object id, int code, String why) {
        if (settled(id)) {
            hand(error(id, code, why));
        }
    }

    /** Nothing more will come. */
    void lost(String why) {
        waiting().forEach(id -> fail(id, BROKEN, why));
        lost.run();
    }

    private void hand(JSONRPCMessage message) {
        handler.apply(Mono.just(message)).subscribe();
    }

    private static JSONRPCResponse error(Object id, int code, String why) {
        return JSONRPCResponse.error(id, new JSONRPCResponse.JSONRPCError(code, why, null));
    }

    @Override
    public Mono<Void> closeGracefully() {
        return Mono.<Void>fromRunnable(this::shut).subscribeOn(threads);
    }

    @Override
    public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
        return Wire.MAPPER.convertValue(data, Wire.MAPPER.constructType(type.getType()));
    }
}

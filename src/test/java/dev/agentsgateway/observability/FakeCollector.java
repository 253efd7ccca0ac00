package dev.agentsgateway.observability;

import com.google.protobuf.InvalidProtocolBufferException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http2.Http2Route;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/** A collector on loopback that decodes what OTLP exporters send it, over HTTP/1.1 or gRPC. */
final class FakeCollector implements AutoCloseable {
    private static final String TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    /** One request as it came in. */
    record Received(String path, Map<String, String> headers, byte[] body) {}

    final List<Received> requests = new CopyOnWriteArrayList<>();
    volatile int status = 200;
    private final URI uri;
    private final Runnable stop;

    private FakeCollector(URI uri, Runnable stop) {
        this.uri = uri;
        this.stop = stop;
    }

    static FakeCollector http() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var threads = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(threads);
        FakeCollector collector = new FakeCollector(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()), () -> {
                    server.stop(0);
                    threads.shutdownNow();
                });
        server.createContext("/", collector::handle);
        server.start();
        return collector;
    }

    static FakeCollector grpc() {
        List<FakeCollector> self = new ArrayList<>();
        WebServer server = WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .routing(routing -> routing.route(Http2Route.route(Method.POST, TRACES, (request, response) -> {
                    byte[] framed = request.content().as(byte[].class);
                    Map<String, String> headers = new TreeMap<>();
                    request.headers().forEach(h -> headers.put(h.name().toLowerCase(java.util.Locale.ROOT), h.get()));
                    self.getFirst().requests.add(new Received(TRACES, headers, unframed(framed)));
                    response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "application/grpc"));
                    response.header(HeaderValues.create(HeaderNames.TRAILER, "grpc-status"));
                    try (OutputStream out = response.outputStream()) {
                        // An empty message: not compressed, of length zero.
                        out.write(new byte[5]);
                        response.trailers().set(HeaderValues.create("grpc-status", "0"));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })))
                .build()
                .start();
        self.add(new FakeCollector(URI.create("http://127.0.0.1:" + server.port()), server::stop));
        return self.getFirst();
    }

    URI uri() {
        return uri;
    }

    List<Span> spans() {
        return requests.stream()
                .map(r -> parse(r, ExportTraceServiceRequest.parser()))
                .flatMap(r -> r.getResourceSpansList().stream())
                .flatMap(r -> r.getScopeSpansList().stream())
                .flatMap(s -> s.getSpansList().stream())
                .toList();
    }

    Span span(String name) {
        return spans().stream()
                .filter(s -> s.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    Resource resource() {
        return parse(requests.getFirst(), ExportTraceServiceRequest.parser())
                .getResourceSpans(0)
                .getResource();
    }

    List<LogRecord> logs() {
        return requests.stream()
                .map(r -> parse(r, ExportLogsServiceRequest.parser()))
                .flatMap(r -> r.getResourceLogsList().stream())
                .flatMap(r -> r.getScopeLogsList().stream())
                .flatMap(s -> s.getLogRecordsList().stream())
                .toList();
    }

    /** Attributes as text; numbers in decimal, arrays as protobuf prints them. */
    static Map<String, String> attributes(List<KeyValue> attributes) {
        return attributes.stream().collect(Collectors.toMap(KeyValue::getKey, kv -> switch (kv.getValue()
                .getValueCase()) {
            case STRING_VALUE -> kv.getValue().getStringValue();
            case INT_VALUE -> Long.toString(kv.getValue().getIntValue());
            case DOUBLE_VALUE -> Double.toString(kv.getValue().getDoubleValue());
            case BOOL_VALUE -> Boolean.toString(kv.getValue().getBoolValue());
            case ARRAY_VALUE ->
                kv.getValue().getArrayValue().getValuesList().stream()
                        .map(v -> v.getStringValue())
                        .toList()
                        .toString();
            default -> kv.getValue().toString();
        }));
    }

    static String hex(com.google.protobuf.ByteString bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if ("gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
                body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
            }
            Map<String, String> headers = new TreeMap<>();
            exchange.getRequestHeaders()
                    .forEach((name, values) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), values.getFirst()));
            requests.add(new Received(exchange.getRequestURI().getPath(), headers, body));
            exchange.sendResponseHeaders(status, -1);
        }
    }

    /** gRPC over HTTP/2, "Length-Prefixed-Message". */
    private static byte[] unframed(byte[] framed) {
        if (framed[0] != 0) {
            throw new IllegalStateException("compressed");
        }
        return java.util.Arrays.copyOfRange(framed, 5, framed.length);
    }

    private static <T> T parse(Received request, com.google.protobuf.Parser<T> parser) {
        try {
            return parser.parseFrom(request.body());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        stop.run();
    }
}

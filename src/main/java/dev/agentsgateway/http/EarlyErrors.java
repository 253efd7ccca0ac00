package dev.agentsgateway.http;

import dev.agentsgateway.common.Json;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Answers, in the one error shape, requests that are so malformed that no route sees them. */
final class EarlyErrors {
    private EarlyErrors() {}

    static DirectHandlers handlers() {
        DirectHandlers.Builder builder = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            builder.addHandler(type, EarlyErrors::answer);
        }
        return builder.build();
    }

    static byte[] body(Object detail) {
        return Json.write(Map.of("detail", detail)).getBytes(StandardCharsets.UTF_8);
    }

    /** A whole HTTP/1.1 answer, for when nothing else can be written any more. */
    static byte[] raw(int status, String detail) {
        byte[] body = body(detail);
        String head = "HTTP/1.1 " + status + " " + detail + "\r\ncontent-type: application/json\r\ncontent-length: "
                + body.length + "\r\nx-request-id: " + RequestIds.make() + "\r\nconnection: close\r\n\r\n";
        return (head + new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    }

    private static DirectHandler.TransportResponse answer(
            DirectHandler.TransportRequest request,
            DirectHandler.EventType type,
            Status suggested,
            ServerResponseHeaders headers,
            String message) {
        // the parser tells an excess of headers only by its message
        boolean tooManyHeaders = "Header size exceeded".equals(message);
        Status status = tooManyHeaders ? Status.create(431, "Request Header Fields Too Large") : suggested;
        headers.set(HeaderValues.create(HeaderNames.CONTENT_TYPE, "application/json"));
        headers.set(HeaderValues.create(HttpServer.REQUEST_ID, RequestIds.make()));
        return DirectHandler.TransportResponse.builder()
                .status(status)
                .headers(headers)
                .keepAlive(false)
                .entity(body(status.reasonPhrase()))
                .build();
    }
}

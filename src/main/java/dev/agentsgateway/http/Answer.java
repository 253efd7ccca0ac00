package dev.agentsgateway.http;

import java.util.Map;

/** What a handler answers. */
public sealed interface Answer {
    /** A JSON body. */
    record Json(int status, Object body, Map<String, String> headers) implements Answer {}

    /** Any other body, for example a page. */
    record Content(int status, String contentType, byte[] body, Map<String, String> headers) implements Answer {}

    /** A status without a body. */
    record Empty(int status, Map<String, String> headers) implements Answer {}

    /** 200 and a stream of server-sent events, written by {@code producer} until it returns. */
    record Events(EventProducer producer, Map<String, String> headers) implements Answer {}

    interface EventProducer {
        void produce(EventSink sink);
    }

    static Answer ok(Object body) {
        return new Json(200, body, Map.of());
    }

    static Answer created(Object body) {
        return new Json(201, body, Map.of());
    }

    static Answer noContent() {
        return new Empty(204, Map.of());
    }

    static Answer events(EventProducer producer, Map<String, String> headers) {
        return new Events(producer, headers);
    }
}

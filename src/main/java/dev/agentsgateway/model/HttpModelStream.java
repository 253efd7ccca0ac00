package dev.agentsgateway.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.model.ModelException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;

/** Pulls one answer over HTTP through its vendor's decoder. */
final class HttpModelStream implements ModelStream {
    private final ModelExchange exchange;
    private final AnswerDecoder decoder;
    private final ModelHttp.Settings settings;
    private final ArrayDeque<ModelEvent> ready = new ArrayDeque<>();
    private final AtomicBoolean released = new AtomicBoolean();

    private ModelExchange.Answer answer;
    private SseReader events;
    private long received;
    private volatile boolean finished;
    private ModelException failure;

    HttpModelStream(ModelExchange exchange, AnswerDecoder decoder, ModelHttp.Settings settings) {
        this.exchange = exchange;
        this.decoder = decoder;
        this.settings = settings;
    }

    @Override
    public ModelEvent next() {
        if (failure != null) {
            throw failure;
        }
        if (exchange.endedBy() != null && !finished) {
            throw fail(new ModelException(exchange.endedBy(), null));
        }
        while (ready.isEmpty() && !finished) {
            advance();
        }
        return ready.poll();
    }

    @Override
    public void close() {
        if (!finished) {
            exchange.end(Kind.CANCELLED);
        }
        release();
    }

    private void advance() {
        try {
            if (answer == null) {
                answer = exchange.open();
                events = answer.events() ? new SseReader(answer.body(), settings.maxEventBytes()) : null;
            }
            if (events == null) {
                readWhole();
            } else {
                readEvent();
            }
        } catch (IOException | ModelException | IllegalStateException e) {
            if (!endedAfterCompletion(e)) {
                throw fail(e);
            }
        }
    }

    private void readEvent() throws IOException {
        if (!events.next()) {
            decoder.end(false, this::emit);
            requireStop();
            return;
        }
        int length = events.length();
        received += length;
        if (received > settings.maxAnswerBytes()) {
            throw new ModelException(
                    Kind.UPSTREAM, "the answer is longer than " + settings.maxAnswerBytes() + " bytes");
        }
        byte[] data = events.data();
        // OpenAI's end mark; no vendor's JSON begins like it.
        if (length == 6 && data[0] == '[' && data[1] == 'D' && data[2] == 'O' && data[3] == 'N') {
            decoder.end(true, this::emit);
            requireStop();
            return;
        }
        decoder.event(parse(data, length), this::emit);
    }

    private void readWhole() throws IOException {
        decoder.whole(whole(answer.body(), settings.maxAnswerBytes()), this::emit);
        requireStop();
    }

    static JsonNode whole(InputStream answer, int max) throws IOException {
        byte[] body = answer.readNBytes(max);
        if (body.length == max) {
            throw new ModelException(Kind.UPSTREAM, "the answer is longer than " + max + " bytes");
        }
        return parse(body, body.length);
    }

    private static JsonNode parse(byte[] data, int length) throws IOException {
        try {
            return Json.MAPPER.readTree(data, 0, length);
        } catch (JsonProcessingException e) {
            String start = new String(data, 0, Math.min(length, 500), StandardCharsets.UTF_8);
            throw new ModelException(Kind.UPSTREAM, "not JSON: " + start);
        }
    }

    private void emit(ModelEvent event) {
        ready.add(event);
        if (event instanceof ModelEvent.Stop) {
            finished = true;
        }
    }

    private void requireStop() {
        if (!finished) {
            throw new ModelException(Kind.STREAM_CUT, "the answer has no end");
        }
    }

    /** A connection that breaks after the protocol's end, for example after OpenAI's finish reason, loses nothing. */
    private boolean endedAfterCompletion(Exception e) {
        if (e instanceof IOException && exchange.endedBy() == null && decoder.complete()) {
            decoder.end(false, this::emit);
            return finished;
        }
        return false;
    }

    private ModelException fail(Exception e) {
        failure = exchange.failure(e, answer != null);
        exchange.end(failure.kind());
        release();
        return failure;
    }

    private void release() {
        if (released.compareAndSet(false, true)) {
            exchange.release(finished);
        }
    }
}

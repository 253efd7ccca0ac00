package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Reach;
import dev.agentsgateway.db.DatabaseUnavailableException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Routes that show what they were given. */
final class TestRoutes implements Route.Source {
    record Id(@Path String itemId) {}

    record Listing(
            @Query @Default("20") @Range(min = 1, max = 100) int limit,
            @Query String q) {}

    record NewItem(
            @Required @Length(max = 255) String name,
            @Default("false") boolean active,
            JsonNode config) {}

    record Create(@Body NewItem body) {}

    record Size(@Query @Default("1") int kib) {}

    /** Streams take from here what they send; an empty text ends them, {@code !} fails them. */
    final BlockingQueue<String> frames = new LinkedBlockingQueue<>();

    final BlockingQueue<Throwable> streamEnds = new LinkedBlockingQueue<>();
    final BlockingQueue<String> gate = new LinkedBlockingQueue<>();
    final BlockingQueue<String> entered = new LinkedBlockingQueue<>();

    @Override
    public List<Route<?>> routes() {
        return List.of(
                Route.get("/", Route.NoInput.class)
                        .tag("t")
                        .summary("root")
                        .open()
                        .answers(200, Map.class)
                        .handle(call -> Answer.ok(Map.of("message", "Grüße"))),
                Route.get("/v2/items", Listing.class)
                        .tag("t")
                        .summary("list")
                        .scope("items:read")
                        .answers(200, Map.class)
                        .handle(call -> Answer.ok(call.input())),
                Route.post("/v2/items", Create.class)
                        .tag("t")
                        .summary("create")
                        .scope("items:write")
                        .answers(201, NewItem.class)
                        .handle(call -> Answer.created(call.input().body())),
                Route.get("/v2/items/{item_id}", Id.class)
                        .tag("t")
                        .summary("get")
                        .scope("items:read")
                        .answers(200, Id.class)
                        .handle(call -> Answer.ok(call.input())),
                Route.delete("/v2/items/{item_id}", Id.class)
                        .tag("t")
                        .summary("delete")
                        .scope("items:write")
                        .answers(204, Void.class)
                        .handle(call -> Answer.noContent()),
                Route.post("/v2/items/batch", Create.class)
                        .tag("t")
                        .summary("batch")
                        .scope("items:write")
                        .answers(200, Map.class)
                        .handle(call -> Answer.ok(Map.of("batch", true))),
                Route.get("/fail/unexpected", Route.NoInput.class)
                        .tag("t")
                        .summary("fail")
                        .open()
                        .answers(200, Map.class)
                        .handle(call -> {
                            throw new IllegalStateException("SELECT secret");
                        }),
                Route.get("/fail/database", Route.NoInput.class)
                        .tag("t")
                        .summary("fail")
                        .open()
                        .answers(200, Map.class)
                        .handle(call -> {
                            throw new DatabaseUnavailableException(new IllegalStateException("refused"));
                        }),
                Route.get("/fail/known", Route.NoInput.class)
                        .tag("t")
                        .summary("fail")
                        .open()
                        .answers(200, Map.class)
                        .handle(call -> {
                            throw new HttpException(409, (Object) "Taken", Map.of("x-extra", "1"));
                        }),
                Route.get("/big", Size.class)
                        .tag("t")
                        .summary("big")
                        .open()
                        .answers(200, String.class)
                        .handle(call -> Answer.ok("x".repeat(call.input().kib() << 10))),
                Route.get("/wait", Route.NoInput.class)
                        .tag("t")
                        .summary("wait")
                        .open()
                        .answers(200, Map.class)
                        .handle(call -> {
                            entered.add("wait");
                            return Answer.ok(Map.of("let", gate.take()));
                        }),
                Route.get("/events", Route.NoInput.class)
                        .tag("t")
                        .summary("events")
                        .open()
                        .answers(200, Void.class)
                        .streams()
                        .handle(call -> Answer.events(this::produce, Map.of("x-run", "r1"))));
    }

    private void produce(EventSink sink) {
        try {
            for (String frame = frames.take(); !frame.isEmpty(); frame = frames.take()) {
                if (frame.equals("!")) {
                    throw new IllegalStateException("producer failed");
                }
                sink.send(Sse.frame("message", null, frame.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            }
            streamEnds.add(new Throwable("normal"));
        } catch (EventSink.ClientGoneException e) {
            streamEnds.add(e);
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets in who sends {@code X-API-Key: secret}. */
    static Guard.Admission admit(Access access, java.util.function.Function<String, String> header) {
        if (access instanceof Access.Public) {
            return new Guard.Admission(Caller.ANONYMOUS, Map.of());
        }
        if (!"secret".equals(header.apply("X-API-Key"))) {
            throw new HttpException(
                    401, "Missing API key. Include X-API-Key header.", Map.of("WWW-Authenticate", "ApiKey"));
        }
        return new Guard.Admission(
                new Caller(7, "owner", java.util.Set.of(), Reach.ALL), Map.of("ratelimit", "limit=5"));
    }
}

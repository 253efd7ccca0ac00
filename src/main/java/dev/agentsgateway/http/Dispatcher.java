package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.db.DatabaseClosedException;
import dev.agentsgateway.db.DatabaseUnavailableException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Takes every request through routing, parsing, admission, validation, the check of the users and tenants that it names,
 * and its handler, in this order. Thread-safe.
 */
final class Dispatcher implements Handler {
    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

    /** What ends an answer is written by the server after its handler has returned. */
    private static final Duration LAST_BYTES = Duration.ofMillis(100);

    private static final String SHUTTING_DOWN = "The server is shutting down.";
    private static final Map<String, String> RETRY_LATER = Map.of("retry-after", "5");

    private final Router router;
    private final Guard guard;
    private final Binder binder;
    private final RequestObserver observer;
    private final Cors cors;
    private final Watchdog watchdog;
    private final int maxBody;
    private final BodyBudget budget;
    private final Set<Thread> active = ConcurrentHashMap.newKeySet();
    private volatile long lastEnded = System.nanoTime() - LAST_BYTES.toNanos();
    private volatile boolean draining;

    Dispatcher(
            HttpConfig config,
            List<Route<?>> routes,
            Guard guard,
            Binder binder,
            RequestObserver observer,
            Watchdog watchdog) {
        this.router = new Router(routes);
        this.guard = guard;
        this.binder = binder;
        this.observer = observer;
        this.cors = new Cors(config.corsOrigins());
        this.watchdog = watchdog;
        this.maxBody = config.limits().maxBody();
        this.budget = new BodyBudget(config.limits().bodyBudget());
        routes.forEach(route -> binder.plan(route.input()));
    }

    void drain() {
        draining = true;
    }

    boolean isDraining() {
        return draining;
    }

    int active() {
        return active.size();
    }

    long bodyBytes() {
        return budget.held();
    }

    void interrupt() {
        active.forEach(Thread::interrupt);
    }

    /** Waits until no request is being answered, and until the last answer's bytes have had the time to be sent. */
    boolean awaitIdle(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        while (!active.isEmpty()) {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            Thread.sleep(5);
        }
        Duration sending = LAST_BYTES.minusNanos(System.nanoTime() - lastEnded);
        if (sending.isPositive()) {
            Thread.sleep(sending);
        }
        return true;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        String requestId = RequestIds.of(Exchange.header(request, "x-request-id"));
        Exchange exchange = new Exchange(request, response, watchdog, budget, requestId, draining);
        MDC.put("request_id", requestId);
        active.add(Thread.currentThread());
        try {
            handle(exchange);
            if (exchange.isClosing()) {
                exchange.commit();
            }
        } finally {
            lastEnded = System.nanoTime();
            active.remove(Thread.currentThread());
            exchange.end();
            MDC.remove("request_id");
        }
        if (exchange.isClosing()) {
            exchange.linger();
            // Helidon sends the header, but by itself waits for the next request
            throw new CloseConnectionException("closed after the answer");
        }
    }

    private void handle(Exchange exchange) {
        String path = UriText.path(exchange.rawPath());
        Router.Match match = router.match(exchange.method(), path);
        String declared =
                match instanceof Router.Match.Found found ? found.route().path() : null;
        RequestObserver.Observation observation =
                observer.started(exchange.method(), declared, exchange.requestId(), exchange.header("traceparent"));
        try {
            answer(exchange, match);
        } finally {
            observation.finished(exchange.status());
        }
    }

    private void answer(Exchange exchange, Router.Match match) {
        try {
            String origin = exchange.header("origin");
            if (origin != null && exchange.isPreflight()) {
                preflight(exchange, origin);
                return;
            }
            if (origin != null) {
                exchange.add(cors.simple(origin));
            }
            exchange.send(route(exchange, match));
        } catch (CloseConnectionException e) {
            throw e;
        } catch (HttpException e) {
            exchange.sendError(e.status(), e.detail(), e.headers());
        } catch (Binder.InvalidRequestException e) {
            exchange.sendError(422, e.problems(), Map.of());
        } catch (DatabaseUnavailableException e) {
            log.warn("the database is not available: {}", String.valueOf(e.getCause()));
            String detail = "The database is not available. Try again.";
            exchange.sendError(503, detail, Map.of("retry-after", "1"));
        } catch (InterruptedException | DatabaseClosedException e) {
            exchange.sendError(503, SHUTTING_DOWN, RETRY_LATER);
        } catch (Throwable e) {
            log.error("request failed: {} {}", exchange.method(), exchange.rawPath(), e);
            exchange.sendError(500, "Internal Server Error", Map.of());
        }
    }

    private void preflight(Exchange exchange, String origin) {
        exchange.add(cors.preflight(origin, exchange.header("access-control-request-headers")));
        if (cors.allows(origin)) {
            byte[] ok = {'O', 'K'};
            exchange.send(new Answer.Content(200, "text/plain; charset=utf-8", ok, Map.of()));
        } else {
            exchange.sendError(400, "Disallowed CORS origin", Map.of());
        }
    }

    private Answer route(Exchange exchange, Router.Match match) throws Exception {
        if (draining) {
            throw new HttpException(503, SHUTTING_DOWN, RETRY_LATER);
        }
        return switch (match) {
            case Router.Match.NotFound() -> throw HttpException.notFound("Not Found");
            case Router.Match.WrongMethod(var allowed) ->
                throw new HttpException(405, "Method Not Allowed", Map.of("allow", String.join(", ", allowed)));
            case Router.Match.Redirect() -> new Answer.Empty(307, Map.of("location", exchange.otherSlash()));
            case Router.Match.Found(var route, var path) -> call(exchange, route, path);
        };
    }

    private <I> Answer call(Exchange exchange, Route<I> route, Map<String, String> path) throws Exception {
        JsonNode body = null;
        boolean large = false;
        Guard.Admission admission = null;
        InputPlan plan = binder.plan(route.input());
        if (route.rawBody() > 0) {
            return callRaw(exchange, route, path);
        }
        if (plan.hasBody()) {
            int limit = plan.hasForm() ? Math.min(maxBody, RequestBody.LARGE) : maxBody;
            exchange.body().checkLength(limit);
            if (exchange.body().isLong() && !(route.access() instanceof Access.Public)) {
                // strangers must not fill the memory
                admission = admitUnread(exchange, route.access());
            }
            byte[] bytes = exchange.body().read(limit);
            large = bytes.length > RequestBody.LARGE;
            String type = exchange.header("content-type");
            body = plan.hasForm() ? RequestBody.parseForm(bytes, type) : RequestBody.parse(bytes, type);
        }
        if (admission == null) {
            admission = guard.admit(route.access(), exchange::header);
        }
        return route.handler().handle(bound(exchange, route, path, new Content(body, large, null), admission));
    }

    /** A body as JSON, or as it comes. */
    private record Content(JsonNode body, boolean large, InputStream raw) {}

    /** Everything is checked before the body is read. */
    private <I> Answer callRaw(Exchange exchange, Route<I> route, Map<String, String> path) throws Exception {
        exchange.body().checkLength(route.rawBody());
        Guard.Admission admission = admitUnread(exchange, route.access());
        try {
            Content content = new Content(null, false, exchange.body().stream(route.rawBody()));
            return route.handler().handle(bound(exchange, route, path, content, admission));
        } finally {
            exchange.body().leaveUnread();
        }
    }

    private <I> Call<I> bound(
            Exchange exchange, Route<I> route, Map<String, String> path, Content content, Guard.Admission admission) {
        InputPlan plan = binder.plan(route.input());
        exchange.add(admission.headers());
        String rawQuery = exchange.rawQuery();
        Map<String, List<String>> values = plan.takesRest() ? UriText.queryValues(rawQuery) : Map.of();
        I input = binder.bind(
                route.input(),
                new Binder.Parts(
                        path, UriText.query(rawQuery), values, exchange::header, content.body(), content.large()));
        plan.ids().check(input, admission.caller().reach());
        return new Call<>(input, admission.caller(), content.body(), exchange.requestId(), content.raw());
    }

    private Guard.Admission admitUnread(Exchange exchange, Access access) {
        try {
            return guard.admit(access, exchange::header);
        } catch (RuntimeException e) {
            exchange.body().leave();
            throw e;
        }
    }
}

package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Turns requests into the input records of routes and reports everything that is wrong with them, in the order path,
 * query, header, body and within each in the order of declaration, as pydantic 2 does. Plans are made once per record.
 * Custom types are registered before the first plan is made; after that it is thread-safe.
 */
public final class Binder {
    /** A registered type. */
    record Custom(Function<JsonNode, ?> parse, ObjectNode schema) {}

    /**
     * A request's parts.
     *
     * @param path   decoded path parameters
     * @param query  decoded query parameters, of repeated ones the last
     * @param values all values of each, where an input asks for the rest of a query; else empty
     * @param header looks a header up by name, null when absent
     * @param body   the parsed body; null when there is none; text when the content type is not JSON
     * @param large  whether the body is too large to be echoed in full in problems
     */
    public record Parts(
            Map<String, String> path,
            Map<String, String> query,
            Map<String, List<String>> values,
            Function<String, String> header,
            JsonNode body,
            boolean large) {
        public Parts(
                Map<String, String> path,
                Map<String, String> query,
                Function<String, String> header,
                JsonNode body,
                boolean large) {
            this(path, query, Map.of(), header, body, large);
        }
    }

    /** The request does not fit the declaration. */
    public static final class InvalidRequestException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final transient List<Problem> problems;

        InvalidRequestException(List<Problem> problems) {
            super(problems.toString(), null, false, false);
            this.problems = problems;
        }

        public List<Problem> problems() {
            return problems;
        }
    }

    private final Map<Class<?>, Custom> customs = new LinkedHashMap<>();
    private final Map<Class<?>, InputPlan> plans = new ConcurrentHashMap<>();

    /**
     * Teaches a type of one's own.
     *
     * @param parse  makes the value of a JSON value that is never null; throws {@link InvalidValueException}
     * @param schema its JSON Schema for the OpenAPI document
     */
    public <T> Binder register(Class<T> type, Function<JsonNode, T> parse, ObjectNode schema) {
        customs.put(type, new Custom(parse, schema));
        return this;
    }

    /**
     * Binds one request.
     *
     * @throws InvalidRequestException  with every problem
     * @throws IllegalArgumentException when the record itself cannot be planned
     */
    public <I> I bind(Class<I> input, Parts parts) {
        return input.cast(plan(input).bind(parts));
    }

    /** Makes the plan of an input record now, to find a wrong declaration before the first request. */
    InputPlan plan(Class<?> input) {
        return plans.computeIfAbsent(input, each -> new InputPlan(each, new Readers(customs)));
    }

    Map<Class<?>, Custom> customs() {
        return customs;
    }
}

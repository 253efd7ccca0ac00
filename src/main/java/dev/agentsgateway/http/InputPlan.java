package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.agentsgateway.http.Problems.Loc;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** How a route's input record is made of a request. Immutable. */
final class InputPlan {
    /** Where a component comes from, in the order in which problems are reported. */
    enum Source {
        PATH,
        QUERY,
        HEADER,
        BODY
    }

    /** A component that takes what others leave of a query; -1 for none. */
    private final int rest;

    private final Set<String> taken = new HashSet<>();

    private record Part(int index, Source source, String name, Loc loc, Member member, boolean required) {}

    private final List<Part> parts = new ArrayList<>();
    private final RecordMaker maker;
    private final NamedIds ids;
    private final int size;
    private final boolean body;
    private final boolean form;

    InputPlan(Class<?> input, Readers readers) {
        maker = new RecordMaker(input);
        ids = new NamedIds(input);
        RecordComponent[] components = input.getRecordComponents();
        int takesRest = -1;
        for (int i = 0; i < components.length; i++) {
            if (isRest(components[i])) {
                takesRest = i;
            } else {
                parts.add(part(i, components[i], readers));
            }
        }
        rest = takesRest;
        size = components.length;
        parts.stream().filter(part -> part.source == Source.QUERY).forEach(part -> taken.add(part.name));
        parts.sort(Comparator.comparing(Part::source));
        body = parts.stream().anyMatch(part -> part.source == Source.BODY);
        form = Stream.of(components)
                .anyMatch(component -> component.isAnnotationPresent(Body.class)
                        && component.getAnnotation(Body.class).form());
    }

    static Source source(RecordComponent component) {
        if (component.isAnnotationPresent(Path.class)) {
            return Source.PATH;
        }
        if (component.isAnnotationPresent(Query.class)) {
            return Source.QUERY;
        }
        if (component.isAnnotationPresent(Header.class)) {
            return Source.HEADER;
        }
        if (component.isAnnotationPresent(Body.class)) {
            return Source.BODY;
        }
        throw new IllegalArgumentException(component.getDeclaringRecord().getSimpleName() + "." + component.getName()
                + " must be marked @Path, @Query, @Header or @Body");
    }

    /** Whether the route reads a body. */
    boolean hasBody() {
        return body;
    }

    static boolean isRest(RecordComponent component) {
        return component.isAnnotationPresent(Query.class)
                && component.getAnnotation(Query.class).rest();
    }

    /** Whether the route reads query parameters that it does not name. */
    boolean takesRest() {
        return rest >= 0;
    }

    /** The users and tenants that a request can name. */
    NamedIds ids() {
        return ids;
    }

    /** Whether that body is an HTML form. */
    boolean hasForm() {
        return form;
    }

    Object bind(Binder.Parts request) {
        Problems problems = new Problems(request.large());
        Object[] values = new Object[size];
        for (Part part : parts) {
            values[part.index] = value(part, request, problems);
        }
        if (!problems.isEmpty()) {
            throw new Binder.InvalidRequestException(problems.list());
        }
        if (takesRest()) {
            Map<String, List<String>> left = new LinkedHashMap<>(request.values());
            left.keySet().removeAll(taken);
            values[rest] = left;
        }
        return maker.make(values);
    }

    private static Object value(Part part, Binder.Parts request, Problems problems) {
        if (part.source == Source.BODY) {
            JsonNode body = request.body();
            if (body == null || body.isNull()) {
                return part.required ? problems.missing(part.loc, null) : null;
            }
            return part.member.reader().read(body, part.loc, problems);
        }
        String text = switch (part.source) {
            case PATH -> request.path().get(part.name);
            case QUERY -> request.query().get(part.name);
            default -> request.header().apply(part.name);
        };
        return part.member.read(text == null ? null : TextNode.valueOf(text), null, part.loc, problems);
    }

    private static Part part(int index, RecordComponent component, Readers readers) {
        Source source = source(component);
        Member member = Member.of(component, readers, source == Source.PATH || source == Source.BODY);
        return switch (source) {
            case BODY ->
                new Part(
                        index,
                        source,
                        "body",
                        Loc.of("body"),
                        member,
                        component.getAnnotation(Body.class).required());
            case HEADER -> {
                String name = component.getAnnotation(Header.class).value();
                Loc loc = Loc.of("header").then(name.toLowerCase(Locale.ROOT));
                yield new Part(index, source, name, loc, member, false);
            }
            default -> {
                String name = Wire.name(component);
                Loc loc = Loc.of(source.name().toLowerCase(Locale.ROOT)).then(name);
                yield new Part(index, source, name, loc, member, false);
            }
        };
    }
}

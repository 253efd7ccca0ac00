package dev.agentsgateway.http;

import dev.agentsgateway.common.Reach;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the users and tenants that a request names and checks them against what its caller may reach. Immutable. */
final class NamedIds {
    enum Kind {
        USER("user") {
            @Override
            boolean within(Reach reach, String id) {
                return reach.user(id);
            }
        },
        TENANT("tenant") {
            @Override
            boolean within(Reach reach, String id) {
                return reach.tenant(id);
            }
        };

        private static final int MAX_SHOWN = 255;

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        abstract boolean within(Reach reach, String id);

        /** @throws HttpException 403 when the id is out of reach, whether or not there is such a user or tenant */
        void check(String id, Reach reach) {
            if (within(reach, id)) {
                return;
            }
            String shown = String.valueOf(id);
            if (shown.codePointCount(0, shown.length()) > MAX_SHOWN) {
                shown = shown.substring(0, shown.offsetByCodePoints(0, MAX_SHOWN)) + "…";
            }
            throw new HttpException(403, refusal(shown));
        }

        /** How a refusal reads, with {@code {id}} where the id goes. */
        String refusal() {
            return refusal("{id}");
        }

        private String refusal(String id) {
            return "This API key may not act for " + word + " " + id;
        }
    }

    /** A member that holds ids, or, with a kind of null, records that may. */
    private record Step(Method accessor, Kind kind) {}

    private final Map<Class<?>, List<Step>> steps = new LinkedHashMap<>();
    private final Set<Kind> kinds = EnumSet.noneOf(Kind.class);

    /** @throws IllegalArgumentException when something is marked that holds no text */
    NamedIds(Class<?> input) {
        plan(input);
    }

    /** Which kinds a request can name. */
    Set<Kind> kinds() {
        return Set.copyOf(kinds);
    }

    /** @throws HttpException 403 at the first id that is out of reach */
    void check(Object input, Reach reach) {
        if (!kinds.isEmpty() && reach.bound()) {
            walk(input, reach);
        }
    }

    private void plan(Class<?> type) {
        List<Step> planned = new ArrayList<>();
        if (steps.putIfAbsent(type, planned) != null) {
            return;
        }
        for (RecordComponent component : type.getRecordComponents()) {
            Kind kind = kind(component);
            Class<?> held = held(component.getGenericType());
            if (kind != null && held != String.class) {
                throw new IllegalArgumentException(type.getSimpleName() + "." + component.getName()
                        + " is marked as an id and must be a String or a List<String>");
            }
            if (kind != null || (held != null && held.isRecord())) {
                component.getAccessor().setAccessible(true);
                planned.add(new Step(component.getAccessor(), kind));
            }
            if (kind != null) {
                kinds.add(kind);
            } else if (held != null && held.isRecord()) {
                plan(held);
            }
        }
    }

    private static Kind kind(RecordComponent component) {
        if (component.isAnnotationPresent(UserId.class)) {
            return Kind.USER;
        }
        return component.isAnnotationPresent(TenantId.class) ? Kind.TENANT : null;
    }

    /** The class itself, or that of a list's elements or a map's values; null when it is none of these. */
    private static Class<?> held(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            return held(arguments[arguments.length - 1]);
        }
        return type instanceof Class<?> plain ? plain : null;
    }

    private void walk(Object input, Reach reach) {
        for (Step step : steps.get(input.getClass())) {
            for (Object value : values(step.accessor, input)) {
                if (value != null && step.kind != null) {
                    step.kind.check((String) value, reach);
                } else if (value != null) {
                    walk(value, reach);
                }
            }
        }
    }

    private static Collection<?> values(Method accessor, Object input) {
        try {
            Object value = accessor.invoke(input);
            return switch (value) {
                case null -> List.of();
                case Collection<?> many -> many;
                case Map<?, ?> many -> many.values();
                default -> List.of(value);
            };
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Problems.Loc;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Chooses, once per component, how values of its type are read and checked. */
final class Readers {
    /** Reads a value; adds a problem and returns null when it does not fit. Thread-safe. */
    interface Reader {
        Object read(JsonNode value, Loc loc, Problems problems);
    }

    private final Map<Class<?>, Binder.Custom> customs;
    private final Map<Class<?>, RecordReader> records = new HashMap<>();

    Readers(Map<Class<?>, Binder.Custom> customs) {
        this.customs = customs;
    }

    /** The reader of a component: its type's, then its bounds. */
    Reader of(RecordComponent component) {
        Reader plain = of(component.getAnnotatedType());
        return bounded(plain, component.getAnnotation(Length.class), component.getAnnotation(Range.class));
    }

    private static Reader bounded(Reader plain, Length length, Range range) {
        if (length == null && range == null) {
            return plain;
        }
        return (value, loc, problems) -> {
            Object read = plain.read(value, loc, problems);
            if (read != null && length != null && !Bounds.length(read, length, value, loc, problems)) {
                return null;
            }
            if (read != null && range != null && !Bounds.range((Number) read, range, value, loc, problems)) {
                return null;
            }
            return read;
        };
    }

    private Reader of(AnnotatedType type) {
        if (type instanceof AnnotatedParameterizedType generic) {
            AnnotatedType[] arguments = generic.getAnnotatedActualTypeArguments();
            Type raw = ((ParameterizedType) generic.getType()).getRawType();
            if (raw == List.class) {
                return list(element(arguments[0]));
            }
            if (raw == Map.class && arguments[0].getType() == String.class) {
                return map(element(arguments[1]));
            }
        }
        if (type.getType() instanceof Class<?> plain) {
            return of(plain);
        }
        throw new IllegalArgumentException("values of type " + type.getType() + " cannot be read");
    }

    private Reader element(AnnotatedType type) {
        return bounded(of(type), type.getAnnotation(Length.class), null);
    }

    private Reader of(Class<?> type) {
        Binder.Custom custom = customs.get(type);
        if (custom != null) {
            return custom(custom);
        }
        if (type.isRecord()) {
            return record(type);
        }
        if (type.isEnum()) {
            return constant(type);
        }
        return switch (type.getName()) {
            case "java.lang.String" -> Scalars::text;
            case "boolean", "java.lang.Boolean" -> Scalars::bool;
            case "int", "java.lang.Integer" ->
                (value, loc, problems) -> {
                    Object number = Scalars.integer(value, Integer.MIN_VALUE, Integer.MAX_VALUE, loc, problems);
                    return number == null ? null : ((Long) number).intValue();
                };
            case "long", "java.lang.Long" ->
                (value, loc, problems) -> Scalars.integer(value, Long.MIN_VALUE, Long.MAX_VALUE, loc, problems);
            case "double", "java.lang.Double" -> Scalars::real;
            default -> other(type);
        };
    }

    private static Reader other(Class<?> type) {
        if (type == LocalDateTime.class) {
            return Scalars::dateTime;
        }
        if (type == UUID.class) {
            return Scalars::uuid;
        }
        if (type == JsonNode.class) {
            return FreeJson::any;
        }
        if (type == ObjectNode.class) {
            return FreeJson::object;
        }
        throw new IllegalArgumentException("values of " + type + " cannot be read");
    }

    private RecordReader record(Class<?> type) {
        RecordReader known = records.get(type);
        if (known == null) {
            // put before its members are planned, so that a record may contain itself
            known = new RecordReader(type);
            records.put(type, known);
            known.plan(this);
        }
        return known;
    }

    private static Reader list(Reader element) {
        return (value, loc, problems) -> {
            if (!value.isArray()) {
                return problems.add("list_type", loc, "Input should be a valid list", value);
            }
            List<Object> read = new ArrayList<>(value.size());
            for (int i = 0; i < value.size() && !problems.isFull(); i++) {
                read.add(element.read(value.get(i), loc.then(i), problems));
            }
            return Collections.unmodifiableList(read);
        };
    }

    private static Reader map(Reader element) {
        return (value, loc, problems) -> {
            if (!value.isObject()) {
                return problems.add("dict_type", loc, "Input should be a valid dictionary", value);
            }
            Map<String, Object> read = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                if (problems.isFull() || !Scalars.storable(entry.getKey(), null, loc, problems)) {
                    return null;
                }
                read.put(entry.getKey(), element.read(entry.getValue(), loc.then(entry.getKey()), problems));
            }
            return Collections.unmodifiableMap(read);
        };
    }

    private static Reader constant(Class<?> type) {
        Map<String, Object> constants = Wire.constants(type);
        String expected = Scalars.expected(constants.keySet());
        return (value, loc, problems) -> {
            Object constant = value.isTextual() ? constants.get(value.textValue()) : null;
            return constant != null
                    ? constant
                    : problems.add(
                            "enum",
                            loc,
                            "Input should be " + expected,
                            value,
                            Json.object().put("expected", expected));
        };
    }

    private static Reader custom(Binder.Custom custom) {
        return (value, loc, problems) -> {
            if (value.isTextual() && !Scalars.storable(value.textValue(), value, loc, problems)) {
                return null;
            }
            try {
                return custom.parse().apply(value);
            } catch (InvalidValueException e) {
                return problems.add(e.type(), loc, e.getMessage(), value, e.ctx());
            }
        };
    }
}

package dev.agentsgateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * JSON Schemas (2020-12, as OpenAPI 3.1 uses them) of records. A record is described twice where it is both read and
 * written, because an answer always carries every member and a request need not. For one thread.
 */
final class Schemas {
    /** Whether values are read from requests or written to answers. */
    enum Use {
        INPUT("-Input"),
        OUTPUT("-Output");

        private final String suffix;

        Use(String suffix) {
            this.suffix = suffix;
        }
    }

    private record Shape(Class<?> type, Use use) {}

    private static final Map<Class<?>, String> SIMPLE = Map.ofEntries(
            Map.entry(String.class, "string"),
            Map.entry(boolean.class, "boolean"),
            Map.entry(Boolean.class, "boolean"),
            Map.entry(int.class, "integer"),
            Map.entry(Integer.class, "integer"),
            Map.entry(long.class, "integer"),
            Map.entry(Long.class, "integer"),
            Map.entry(double.class, "number"),
            Map.entry(Double.class, "number"),
            Map.entry(BigDecimal.class, "number"));

    private static final Map<Class<?>, String> FORMATS =
            Map.of(LocalDateTime.class, "date-time", OffsetDateTime.class, "date-time", UUID.class, "uuid");

    private final Map<Class<?>, Binder.Custom> customs;
    private final Map<Shape, ObjectNode> shapes = new LinkedHashMap<>();
    private final Map<Shape, Collection<ObjectNode>> references = new LinkedHashMap<>();

    Schemas(Map<Class<?>, Binder.Custom> customs) {
        this.customs = customs;
    }

    /** The schema of a type; records become references that {@link #components} resolves. */
    ObjectNode of(Type type, Use use) {
        if (type instanceof ParameterizedType generic) {
            return generic(generic, use);
        }
        if (!(type instanceof Class<?> plain)) {
            return Json.object();
        }
        if (customs.containsKey(plain)) {
            return customs.get(plain).schema().deepCopy();
        }
        if (SIMPLE.containsKey(plain)) {
            return typed(SIMPLE.get(plain));
        }
        if (FORMATS.containsKey(plain)) {
            return typed("string").put("format", FORMATS.get(plain));
        }
        if (plain.isEnum()) {
            ArrayNode names = Json.MAPPER.createArrayNode();
            Wire.constants(plain).keySet().forEach(names::add);
            return typed("string").set("enum", names);
        }
        if (plain.isArray()) {
            return typed("array").set("items", of(plain.getComponentType(), use));
        }
        if (Collection.class.isAssignableFrom(plain)) {
            return typed("array").set("items", Json.object());
        }
        if (plain == ObjectNode.class || Map.class.isAssignableFrom(plain)) {
            return typed("object").put("additionalProperties", true);
        }
        if (plain.isSealed()) {
            ObjectNode either = Json.object();
            ArrayNode cases = either.putArray("oneOf");
            for (Class<?> each : plain.getPermittedSubclasses()) {
                cases.add(of(each, use));
            }
            return either;
        }
        return plain.isRecord() ? reference(new Shape(plain, use)) : Json.object();
    }

    /** The schema of a component: its type's, with bounds, default, description and null where it may be null. */
    ObjectNode of(RecordComponent component, Use use) {
        ObjectNode plain = of(component.getGenericType(), use);
        bounds(component.getAnnotation(Length.class), component.getAnnotation(Range.class), plain);
        if (component.getAnnotatedType() instanceof AnnotatedParameterizedType list && plain.has("items")) {
            AnnotatedType element = list.getAnnotatedActualTypeArguments()[0];
            bounds(element.getAnnotation(Length.class), null, plain.withObjectProperty("items"));
        }
        boolean nullable = !component.getType().isPrimitive()
                && !component.isAnnotationPresent(Required.class)
                && !component.isAnnotationPresent(Path.class)
                && !component.isAnnotationPresent(NotNull.class)
                && !component.isAnnotationPresent(Default.class)
                && !(use == Use.OUTPUT && leftOut(component));
        ObjectNode schema = plain;
        if (nullable && !plain.isEmpty()) {
            schema = Json.object();
            schema.putArray("anyOf").add(plain).add(typed("null"));
        }
        Default otherwise = component.getAnnotation(Default.class);
        if (otherwise != null && use == Use.INPUT) {
            schema.set("default", Json.read(otherwise.value()));
        }
        Description description = component.getAnnotation(Description.class);
        if (description != null) {
            schema.put("description", description.value());
        }
        return schema;
    }

    /** All records that have been referred to, by name; to be called last. */
    Map<String, JsonNode> components() {
        Map<String, Set<Class<?>>> bySimpleName = new TreeMap<>();
        for (Shape shape : shapes.keySet()) {
            bySimpleName
                    .computeIfAbsent(shape.type.getSimpleName(), name -> new LinkedHashSet<>())
                    .add(shape.type);
        }
        Map<String, JsonNode> named = new TreeMap<>();
        shapes.forEach((shape, schema) -> {
            boolean alone = bySimpleName.get(shape.type.getSimpleName()).size() == 1;
            Shape other = new Shape(shape.type, shape.use == Use.INPUT ? Use.OUTPUT : Use.INPUT);
            String suffix = shapes.containsKey(other) ? shape.use.suffix : "";
            String name = (alone ? shape.type.getSimpleName() : qualified(shape.type)) + suffix;
            if (named.put(name, schema) != null) {
                throw new IllegalArgumentException("two records are called " + name);
            }
            references.get(shape).forEach(each -> each.put("$ref", "#/components/schemas/" + name));
        });
        return named;
    }

    private static String qualified(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return outer == null ? type.getName().replace('.', '_') : outer.getSimpleName() + type.getSimpleName();
    }

    private ObjectNode generic(ParameterizedType type, Use use) {
        Type[] arguments = type.getActualTypeArguments();
        if (type.getRawType() instanceof Class<?> raw && Collection.class.isAssignableFrom(raw)) {
            return typed("array").set("items", of(arguments[0], use));
        }
        if (type.getRawType() == Map.class) {
            ObjectNode values = of(arguments[1], use);
            ObjectNode map = typed("object");
            return values.isEmpty() ? map.put("additionalProperties", true) : map.set("additionalProperties", values);
        }
        return of(type.getRawType(), use);
    }

    private ObjectNode reference(Shape shape) {
        if (!shapes.containsKey(shape)) {
            ObjectNode schema = typed("object");
            shapes.put(shape, schema);
            references.put(shape, new ArrayList<>());
            ObjectNode properties = schema.putObject("properties");
            ArrayNode required = Json.MAPPER.createArrayNode();
            for (RecordComponent component : shape.type.getRecordComponents()) {
                properties.set(Wire.name(component), of(component, shape.use));
                boolean always = shape.use == Use.OUTPUT && !leftOut(component);
                if (always || component.isAnnotationPresent(Required.class)) {
                    required.add(Wire.name(component));
                }
            }
            if (!required.isEmpty()) {
                schema.set("required", required);
            }
        }
        ObjectNode reference = Json.object().put("$ref", "");
        references.get(shape).add(reference);
        return reference;
    }

    /** Whether answers lack the member when it is null. */
    private static boolean leftOut(RecordComponent component) {
        JsonInclude include = component.getAccessor().getAnnotation(JsonInclude.class);
        return include != null && include.value() == JsonInclude.Include.NON_NULL;
    }

    private static void bounds(Length length, Range range, ObjectNode schema) {
        if (length != null) {
            String kind = switch (schema.path("type").asText()) {
                case "array" -> "Items";
                case "object" -> "Properties";
                default -> "Length";
            };
            if (length.min() > 0) {
                schema.put("min" + kind, length.min());
            }
            if (length.max() < Integer.MAX_VALUE) {
                schema.put("max" + kind, length.max());
            }
        }
        if (range != null && range.min() > Long.MIN_VALUE) {
            schema.put("minimum", range.min());
        }
        if (range != null && range.max() < Long.MAX_VALUE) {
            schema.put("maximum", range.max());
        }
    }

    private static ObjectNode typed(String type) {
        return Json.object().put("type", type);
    }
}

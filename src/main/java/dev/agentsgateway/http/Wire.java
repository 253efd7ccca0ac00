package dev.agentsgateway.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What things are called on the wire. */
final class Wire {
    private Wire() {}

    /** A component's {@link JsonProperty}, else its name in snake_case, exactly as Jackson writes it. */
    static String name(RecordComponent component) {
        JsonProperty given = component.getAccessor().getAnnotation(JsonProperty.class);
        return given == null || given.value().isEmpty()
                ? SnakeCaseStrategy.INSTANCE.translate(component.getName())
                : given.value();
    }

    /** The constants of an enum by their {@link JsonProperty}, else by their name in lower case; in order. */
    static Map<String, Object> constants(Class<?> type) {
        Map<String, Object> byName = new LinkedHashMap<>();
        for (Object constant : type.getEnumConstants()) {
            String name = ((Enum<?>) constant).name();
            try {
                JsonProperty given = type.getField(name).getAnnotation(JsonProperty.class);
                byName.put(given == null ? name.toLowerCase(Locale.ROOT) : given.value(), constant);
            } catch (NoSuchFieldException e) {
                throw new IllegalStateException(e);
            }
        }
        return byName;
    }
}

package dev.agentsgateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Problems.Loc;
import java.lang.reflect.RecordComponent;

/**
 * How one member of an object is read.
 *
 * @param required  whether it must be there
 * @param nullable  whether an explicit null is read as null
 * @param otherwise the default as JSON, null when there is none
 * @param constant  the default's value when it can be shared between requests
 */
record Member(
        String name, Readers.Reader reader, boolean required, boolean nullable, JsonNode otherwise, Object constant) {
    static Member of(RecordComponent component, Readers readers, boolean alwaysThere) {
        String where = component.getDeclaringRecord().getSimpleName() + "." + component.getName();
        boolean required = alwaysThere || component.isAnnotationPresent(Required.class);
        Default given = component.getAnnotation(Default.class);
        if (required && given != null) {
            throw new IllegalArgumentException(where + " is required and cannot have a default");
        }
        if (component.getType().isPrimitive() && !required && given == null) {
            throw new IllegalArgumentException(where + " must be @Required or have a @Default: it cannot be null");
        }
        Readers.Reader reader = readers.of(component);
        if (given == null) {
            boolean nullable = !required && !component.isAnnotationPresent(NotNull.class);
            return new Member(Wire.name(component), reader, required, nullable, null, null);
        }
        JsonNode otherwise = Json.read(given.value());
        Problems problems = new Problems(false);
        Object value = reader.read(otherwise, Loc.of("default"), problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(where + ": the default does not fit: " + problems.list());
        }
        return new Member(
                Wire.name(component), reader, false, false, otherwise, otherwise.isContainerNode() ? null : value);
    }

    /**
     * Reads the member's value.
     *
     * @param value     null when absent
     * @param enclosing the object that lacks it, for the problem
     */
    Object read(JsonNode value, JsonNode enclosing, Loc loc, Problems problems) {
        if (value == null) {
            if (required) {
                return problems.missing(loc, enclosing);
            }
            if (otherwise == null || constant != null) {
                return constant;
            }
            return reader.read(otherwise.deepCopy(), loc, problems);
        }
        if (value.isNull() && nullable) {
            return null;
        }
        return reader.read(value.isNull() ? NullNode.instance : value, loc, problems);
    }
}

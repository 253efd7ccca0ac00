package dev.agentsgateway.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** An input component that comes from the query parameter of the same (snake_case) name; of several, the last. */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Query {
    /**
     * Whether the component, a {@code Map<String, List<String>>}, takes every parameter that no other component takes,
     * each with all its values in their order.
     */
    boolean rest() default false;
}

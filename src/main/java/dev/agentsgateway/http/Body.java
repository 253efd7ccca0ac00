package dev.agentsgateway.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The input component that is the body: a record, checked member by member, or a list, map or free JSON. */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Body {
    /** Whether a request without a body, or with the body {@code null}, is wrong; else the component is then null. */
    boolean required() default true;

    /**
     * Whether the body is an HTML form ({@code application/x-www-form-urlencoded}) and not JSON; its fields are then the
     * members, all of them text.
     */
    boolean form() default false;
}

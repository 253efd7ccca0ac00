package dev.agentsgateway.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Bounds of a text's length, in Unicode code points, or of a list's or map's size. On the elements of a list
 * ({@code List<@Length(max = 9) String>}) they are those of each.
 */
@Target({ElementType.RECORD_COMPONENT, ElementType.TYPE_USE})
@Retention(RetentionPolicy.RUNTIME)
public @interface Length {
    int min() default 0;

    int max() default Integer.MAX_VALUE;
}

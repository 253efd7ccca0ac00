package dev.agentsgateway.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a {@code String} or {@code List<String>} that says for which user something is done, in the path, the query or
 * anywhere in the body. A key that is bound to other users gets 403 before the handler runs.
 * Null is not checked: a handler whose user is optional confines itself with {@link dev.agentsgateway.common.Reach#usersOrNull}.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface UserId {}

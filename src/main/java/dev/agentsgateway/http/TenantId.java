package dev.agentsgateway.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a {@code String} or {@code List<String>} that says for which tenant something is done, in the path, the query or
 * anywhere in the body. A key that is bound to another tenant gets 403 before the handler
 * runs. Null is not checked: the handler takes the reach's own tenant.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface TenantId {}

package dev.agentsgateway.http.outbound;

import java.net.UnknownHostException;

/**
 * A user named an address that the gateway must not call. The message is fit for clients. An
 * {@link java.io.IOException}, so that HTTP clients pass it on as a failed connection.
 */
public final class ForbiddenAddressException extends UnknownHostException {
    private static final long serialVersionUID = 1;

    ForbiddenAddressException(String message) {
        super(message);
    }
}

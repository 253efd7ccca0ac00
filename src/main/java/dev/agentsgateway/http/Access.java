package dev.agentsgateway.http;

/** Who may call a route. */
public sealed interface Access {
    /** Anybody. */
    record Public() implements Access {}

    /** Holders of the admin secret ({@code X-Admin-Secret}). */
    record Admin() implements Access {}

    /**
     * Holders of an API key ({@code X-API-Key}) with this scope.
     *
     * @param scope {@code resource:action}, for example {@code agents:read}
     */
    record Key(String scope) implements Access {}
}

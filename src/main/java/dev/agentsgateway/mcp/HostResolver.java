package dev.agentsgateway.mcp;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Where the gateway may connect to. The connection goes to an address that this has answered: there is no second look-up
 * that could answer differently. Thread-safe.
 */
@FunctionalInterface
public interface HostResolver {
    /**
     * The addresses of a host.
     *
     * @throws UnknownHostException when it has none, or none that may be connected to
     */
    InetAddress[] resolve(String host) throws UnknownHostException;
}

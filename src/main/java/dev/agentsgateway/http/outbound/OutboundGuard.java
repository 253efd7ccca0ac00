package dev.agentsgateway.http.outbound;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Keeps URLs that users give from reaching what only the gateway can reach: its own machine, its network, and the
 * metadata services of clouds. Given to an HTTP client as its resolver, it decides over the very address that is then
 * connected to, so that a name which changes its address in between gains nothing. Redirects have to be followed by hand,
 * with {@link #check} for each. Thread-safe.
 */
public final class OutboundGuard implements DnsResolver {
    private final boolean allowPrivate;
    private final Set<String> allowedHosts;

    /**
     * @param allowPrivate whether all addresses may be called
     * @param allowedHosts names, or addresses as they stand in URLs, that may be called whatever their addresses are
     */
    public OutboundGuard(boolean allowPrivate, Set<String> allowedHosts) {
        this.allowPrivate = allowPrivate;
        Set<String> hosts = new HashSet<>();
        allowedHosts.forEach(host -> hosts.add(plain(host)));
        this.allowedHosts = Set.copyOf(hosts);
    }

    /**
     * From environment variables: {@code OUTBOUND_ALLOW_PRIVATE} ({@code true}, {@code 1}, {@code yes} or {@code on}) and
     * {@code OUTBOUND_ALLOWED_HOSTS}, separated by commas.
     */
    public static OutboundGuard of(Map<String, String> variables) {
        String all =
                variables.getOrDefault("OUTBOUND_ALLOW_PRIVATE", "").strip().toLowerCase(Locale.ROOT);
        Set<String> hosts = new HashSet<>();
        for (String host : variables.getOrDefault("OUTBOUND_ALLOWED_HOSTS", "").split(",")) {
            if (!host.isBlank()) {
                hosts.add(host.strip());
            }
        }
        return new OutboundGuard(Set.of("true", "1", "yes", "on").contains(all), hosts);
    }

    /**
     * Whether a URL is of a kind that may be called at all: http or https, with a host, without user and password. What
     * its host stands for is decided when it is resolved.
     *
     * @throws ForbiddenAddressException when it is not
     */
    public void check(URI uri) throws ForbiddenAddressException {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new ForbiddenAddressException("Only http and https URLs can be fetched.");
        }
        if (uri.getHost() == null) {
            throw new ForbiddenAddressException("The URL has no host.");
        }
        if (uri.getRawUserInfo() != null) {
            throw new ForbiddenAddressException("URLs with a user name cannot be fetched.");
        }
    }

    /**
     * The addresses of a host.
     *
     * @throws ForbiddenAddressException when one of them may not be called
     * @throws UnknownHostException      when there are none
     */
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] addresses = InetAddress.getAllByName(host);
        if (!allowPrivate && !allowedHosts.contains(plain(host))) {
            for (InetAddress address : addresses) {
                if (!PublicAddresses.contain(address)) {
                    throw new ForbiddenAddressException("The host of the URL has no public address.");
                }
            }
        }
        return addresses;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    private static String plain(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.startsWith("[") && name.endsWith("]")) {
            name = name.substring(1, name.length() - 1);
        }
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}

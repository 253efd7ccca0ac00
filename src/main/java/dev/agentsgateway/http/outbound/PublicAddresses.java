package dev.agentsgateway.http.outbound;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which addresses are of the public Internet, by IANA's registries of special-purpose addresses (RFC 6890 and what
 * amended it).
 */
final class PublicAddresses {
    private static final List<Block> SPECIAL = Stream.of(
                    "0.0.0.0/8",
                    "10.0.0.0/8",
                    "100.64.0.0/10",
                    "127.0.0.0/8",
                    // Azure's platform services, on a public address that is never routed.
                    "168.63.129.16/32",
                    "169.254.0.0/16",
                    "172.16.0.0/12",
                    "192.0.0.0/24",
                    "192.0.2.0/24",
                    "192.88.99.0/24",
                    "192.168.0.0/16",
                    "198.18.0.0/15",
                    "198.51.100.0/24",
                    "203.0.113.0/24",
                    "224.0.0.0/4",
                    "240.0.0.0/4",
                    // Of IPv6's global unicast addresses; 2001::/23 holds Teredo, which can lead anywhere.
                    "2001::/23",
                    "2001:db8::/32",
                    "3fff::/20")
            .map(Block::of)
            .toList();

    private static final Block GLOBAL_UNICAST = Block.of("2000::/3");

    /** IPv6 addresses that stand for the IPv4 address which they hold from the given byte on. */
    private static final Block MAPPED = Block.mapped();

    private static final Block NAT64 = Block.of("64:ff9b::/96");
    private static final Block SIX_TO_FOUR = Block.of("2002::/16");

    private PublicAddresses() {}

    static boolean contain(InetAddress address) {
        return contain(address.getAddress());
    }

    static boolean contain(byte[] address) {
        if (MAPPED.contains(address) || NAT64.contains(address)) {
            return contain(Arrays.copyOfRange(address, 12, 16));
        }
        if (SIX_TO_FOUR.contains(address)) {
            return contain(Arrays.copyOfRange(address, 2, 6));
        }
        if (address.length == 16 && !GLOBAL_UNICAST.contains(address)) {
            return false;
        }
        return SPECIAL.stream().noneMatch(block -> block.contains(address));
    }

    private record Block(byte[] first, int bits) {
        static Block of(String text) {
            int slash = text.indexOf('/');
            InetAddress first = InetAddress.ofLiteral(text.substring(0, slash));
            return new Block(first.getAddress(), Integer.parseInt(text.substring(slash + 1)));
        }

        /** {@code ::ffff:0:0/96}, which Java's own parser turns into an IPv4 address. */
        static Block mapped() {
            byte[] first = new byte[16];
            first[10] = -1;
            first[11] = -1;
            return new Block(first, 96);
        }

        boolean contains(byte[] address) {
            if (address.length != first.length) {
                return false;
            }
            int whole = bits / 8;
            if (!Arrays.equals(first, 0, whole, address, 0, whole)) {
                return false;
            }
            int mask = 0xFF << (8 - bits % 8) & 0xFF;
            return bits % 8 == 0 || (first[whole] & mask) == (address[whole] & mask);
        }
    }
}

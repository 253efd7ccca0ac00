package dev.agentsgateway.http.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundGuardTest {
    private final OutboundGuard guard = OutboundGuard.of(Map.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.255.255.254",
                "0.0.0.0",
                "10.1.2.3",
                "100.64.0.1",
                "100.127.255.255",
                "100.100.100.200",
                "169.254.169.254",
                "168.63.129.16",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "192.0.0.192",
                "198.18.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "2130706433",
                "127.1",
                "[::]",
                "[::1]",
                "[::127.0.0.1]",
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[fe80::1]",
                "[fc00::1]",
                "[fd00:ec2::254]",
                "[ff02::1]",
                "[fec0::1]",
                "[2002:7f00:1::]",
                "[2002:a9fe:a9fe::1]",
                "[64:ff9b::7f00:1]",
                "[64:ff9b::10.0.0.1]",
                "[64:ff9b:1::8.8.8.8]",
                "[2001::1]",
                "[2001:db8::1]",
                "localhost"
            })
    void whatIsNotPublicIsRefused(String host) {
        assertThatThrownBy(() -> guard.resolve(host)).isInstanceOf(ForbiddenAddressException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8.8.8.8",
                "100.63.255.255",
                "100.128.0.1",
                "172.15.0.1",
                "172.32.0.1",
                "168.63.129.17",
                "198.20.0.1",
                "223.255.255.255",
                "[2606:4700::1111]",
                "[2002:808:808::1]",
                "[64:ff9b::8.8.8.8]"
            })
    void whatIsPublicIsNot(String host) throws UnknownHostException {
        assertThat(guard.resolve(host)).hasSize(1);
    }

    @Test
    void anIpv4AddressInsideOfAnIpv6OneIsSeenEvenWhenJavaDoesNotUnwrapIt() {
        byte[] mapped = new byte[16];
        mapped[10] = -1;
        mapped[11] = -1;
        mapped[12] = 10;
        assertThat(PublicAddresses.contain(mapped)).isFalse();
        mapped[12] = 8;
        assertThat(PublicAddresses.contain(mapped)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "ftp://example.com/x",
                "gopher://example.com",
                "jar:http://example.com!/x",
                "//example.com/x",
                "http:///x",
                "http://user:password@example.com/",
                "http://user@example.com/"
            })
    void otherUrlsAreRefused(String url) {
        assertThatThrownBy(() -> guard.check(URI.create(url))).isInstanceOf(ForbiddenAddressException.class);
    }

    @Test
    void theOperatorMayAllowHostsOrAll() {
        assertThatCode(() -> guard.check(URI.create("HTTPS://Example.com:8443/x?y")))
                .doesNotThrowAnyException();
        OutboundGuard some = OutboundGuard.of(Map.of("OUTBOUND_ALLOWED_HOSTS", "LocalHost, [::1]"));
        assertThatCode(() -> some.resolve("localhost")).doesNotThrowAnyException();
        assertThatCode(() -> some.resolve("::1")).doesNotThrowAnyException();
        assertThatThrownBy(() -> some.resolve("127.0.0.1")).isInstanceOf(ForbiddenAddressException.class);
        OutboundGuard all = OutboundGuard.of(Map.of("OUTBOUND_ALLOW_PRIVATE", "true"));
        assertThatCode(() -> all.resolve("127.0.0.1")).doesNotThrowAnyException();
        assertThatThrownBy(() -> new OutboundGuard(false, Set.of())
                        .resolve(InetAddress.getLoopbackAddress().getHostAddress()))
                .isInstanceOf(ForbiddenAddressException.class);
    }
}

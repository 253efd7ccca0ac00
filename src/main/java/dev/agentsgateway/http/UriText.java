package dev.agentsgateway.http;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** Decodes paths and queries as RFC 3986 and the WHATWG URL standard's form encoding say; broken escapes stay as they are. */
final class UriText {
    private static final int MAX_PARAMETERS = 1000;

    private UriText() {}

    static String path(String raw) {
        return decode(raw, false);
    }

    /** Of a repeated parameter the last value. */
    static Map<String, String> query(String raw) {
        Map<String, String> parameters = new LinkedHashMap<>();
        read(raw, parameters::put);
        return parameters;
    }

    /** Of a repeated parameter all values, in their order. */
    static Map<String, List<String>> queryValues(String raw) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        read(
                raw,
                (name, value) ->
                        parameters.computeIfAbsent(name, _ -> new ArrayList<>()).add(value));
        return parameters;
    }

    private static void read(String raw, BiConsumer<String, String> parameters) {
        if (raw == null || raw.isEmpty()) {
            return;
        }
        for (String pair : raw.split("&", MAX_PARAMETERS)) {
            int equals = pair.indexOf('=');
            if (!pair.isEmpty()) {
                String name = equals < 0 ? pair : pair.substring(0, equals);
                parameters.accept(decode(name, true), equals < 0 ? "" : decode(pair.substring(equals + 1), true));
            }
        }
    }

    private static String decode(String raw, boolean plusIsBlank) {
        if (raw.indexOf('%') < 0 && (!plusIsBlank || raw.indexOf('+') < 0)) {
            return raw;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%' && i + 2 < raw.length() && hex(raw.charAt(i + 1)) >= 0 && hex(raw.charAt(i + 2)) >= 0) {
                bytes.write(hex(raw.charAt(i + 1)) * 16 + hex(raw.charAt(i + 2)));
                i += 2;
            } else if (c == '+' && plusIsBlank) {
                bytes.write(' ');
            } else {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static int hex(char c) {
        return c < 128 ? Character.digit(c, 16) : -1;
    }
}

package dev.agentsgateway.mcp;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The names under which a model is offered the tools of servers. A name that only one server has, and the gateway itself
 * has not, stays; every other one is {@code server__tool}, at each of the servers that have it, so that it does not
 * depend on which was asked first. All are 1 to 64 letters, digits, {@code _} and {@code -} and begin with a letter or
 * {@code _}: what every model vendor takes.
 */
final class ToolNames {
    private static final int MOST = 64;
    private static final int HASH = 8;

    private ToolNames() {}

    /** A tool at its server. */
    record Place(String server, String tool) {}

    /**
     * @param taken names of the gateway's own tools
     * @return for each place, in their order, its name
     */
    static List<String> of(List<Place> places, Set<String> taken) {
        Map<String, Integer> counts = new HashMap<>();
        for (Place place : places) {
            counts.merge(legal(place.tool()), 1, Integer::sum);
        }
        Set<String> used = new HashSet<>(taken);
        places.stream()
                .map(place -> legal(place.tool()))
                .filter(name -> counts.get(name) == 1)
                .forEach(used::add);
        List<String> names = new ArrayList<>();
        for (Place place : places) {
            String plain = legal(place.tool());
            if (counts.get(plain) == 1 && !taken.contains(plain)) {
                names.add(plain);
            } else {
                String name = legal(place.server() + "__" + place.tool());
                for (int i = 2; !used.add(name); i++) {
                    name = cut(name, hash(place.server() + "\n" + place.tool() + "\n" + i));
                }
                names.add(name);
            }
        }
        return names;
    }

    private static String legal(String text) {
        String name = text.replaceAll("[^A-Za-z0-9_-]", "_");
        if (!name.matches("[A-Za-z_].*")) {
            name = "_" + name;
        }
        return name.length() <= MOST ? name : cut(name, hash(text));
    }

    private static String cut(String name, String hash) {
        return name.substring(0, Math.min(name.length(), MOST - HASH - 1)) + "_" + hash;
    }

    private static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)))
                    .substring(0, HASH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.agentsgateway.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Finds the route of a method and a decoded path. Immutable once made. */
final class Router {
    /** What a path leads to. */
    sealed interface Match {
        record Found(Route<?> route, Map<String, String> path) implements Match {}

        /** The path exists with one slash more or less at its end. */
        record Redirect() implements Match {}

        record WrongMethod(Set<String> allowed) implements Match {}

        record NotFound() implements Match {}
    }

    private record Leaf(Route<?> route, List<String> names) {}

    private static final class Node {
        final Map<String, Node> literals = new HashMap<>();
        final Map<String, Leaf> leaves = new TreeMap<>();
        Node named;
    }

    private final Node root = new Node();

    Router(List<Route<?>> routes) {
        routes.forEach(this::add);
    }

    private void add(Route<?> route) {
        Node node = root;
        List<String> names = new ArrayList<>();
        for (String segment : segments(route.path())) {
            if (segment.startsWith("{")) {
                names.add(segment.substring(1, segment.length() - 1));
                node.named = node.named == null ? new Node() : node.named;
                node = node.named;
            } else {
                node = node.literals.computeIfAbsent(segment, each -> new Node());
            }
        }
        if (node.leaves.put(route.method(), new Leaf(route, List.copyOf(names))) != null) {
            throw new IllegalArgumentException("declared twice: " + route.method() + " " + route.path());
        }
    }

    /** @param path decoded: an encoded slash separates like any other */
    Match match(String method, String path) {
        Match match = exact(method, path);
        if (match instanceof Match.NotFound && path.length() > 1) {
            String other = path.endsWith("/") ? path.substring(0, path.length() - 1) : path + "/";
            return exact(method, other) instanceof Match.NotFound ? match : new Match.Redirect();
        }
        return match;
    }

    private Match exact(String method, String path) {
        String[] segments = segments(path);
        Set<String> allowed = new TreeSet<>();
        List<String> values = new ArrayList<>(4);
        Leaf leaf = find(root, segments, 0, method, values, allowed);
        if (leaf != null) {
            Map<String, String> named = new LinkedHashMap<>();
            for (int i = 0; i < leaf.names.size(); i++) {
                named.put(leaf.names.get(i), values.get(i));
            }
            return new Match.Found(leaf.route, named);
        }
        return allowed.isEmpty() ? new Match.NotFound() : new Match.WrongMethod(allowed);
    }

    private static Leaf find(
            Node node, String[] segments, int depth, String method, List<String> values, Set<String> allowed) {
        if (depth == segments.length) {
            allowed.addAll(node.leaves.keySet());
            return node.leaves.get(method);
        }
        String segment = segments[depth];
        Node literal = node.literals.get(segment);
        Leaf leaf = literal == null ? null : find(literal, segments, depth + 1, method, values, allowed);
        if (leaf != null || node.named == null || segment.isEmpty()) {
            return leaf;
        }
        values.add(segment);
        leaf = find(node.named, segments, depth + 1, method, values, allowed);
        if (leaf == null) {
            values.removeLast();
        }
        return leaf;
    }

    private static String[] segments(String path) {
        if (!path.startsWith("/")) {
            return new String[] {path, ""};
        }
        return path.substring(1).split("/", -1);
    }
}

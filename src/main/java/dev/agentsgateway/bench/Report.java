package dev.agentsgateway.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a run of the bench has found so far: figures for people and everything else for machines. For one thread. */
final class Report {
    private final List<Figure> figures = new ArrayList<>();
    private final ObjectNode raw = Json.object();
    private final Map<String, Long> errors = new HashMap<>();

    void add(Figure figure) {
        figures.add(figure);
    }

    /** Keeps the whole distribution, and counts its errors. */
    void raw(String workload, String name, Timings timings) {
        raw.withObject("/" + workload).set(name, timings.json());
        errors.merge(workload, timings.errors(), Long::sum);
    }

    void raw(String workload, String name, double value) {
        raw.withObject("/" + workload).put(name, value);
    }

    void raw(String workload, String name, List<String> lines) {
        ArrayNode array = raw.withObject("/" + workload).putArray(name);
        lines.forEach(array::add);
    }

    /** A workload came to no end. */
    void failed(String workload, Exception reason) {
        raw.withObject("/" + workload).put("failure", reason.toString());
        errors.merge(workload, 1L, Long::sum);
        figures.add(Figure.of(workload, "not measured: " + reason.getMessage(), "", Double.NaN));
    }

    List<Figure> figures() {
        return List.copyOf(figures);
    }

    /** Requests that failed, in all workloads. */
    long errors() {
        return errors.values().stream().mapToLong(Long::longValue).sum();
    }

    /** A figure of a load in which requests failed counts for nothing, however good it looks. */
    private String verdict(Figure figure) {
        return errors.getOrDefault(figure.workload(), 0L) > 0 ? "FAILED" : figure.verdict();
    }

    void print(PrintStream out) {
        String format = "%-9s %-48s %14s %10s  %-6s %s%n";
        out.printf(Locale.ROOT, format, "workload", "figure", "value", "aim", "", "against the plain part");
        for (Figure figure : figures) {
            out.printf(
                    Locale.ROOT,
                    format,
                    figure.workload(),
                    figure.name(),
                    number(figure.value()) + " " + figure.unit(),
                    figure.aim() == null ? "" : (figure.atMost() ? "≤ " : "≥ ") + number(figure.aim()),
                    verdict(figure),
                    figure.plain() == null
                            ? ""
                            : number(figure.ratio()) + " × " + figure.plain() + " (" + number(figure.plainValue()) + " "
                                    + figure.unit() + ")");
        }
        if (errors() > 0) {
            out.println(errors() + " requests failed; the JSON names the first error of each load.");
        }
    }

    ObjectNode json(ObjectNode circumstances) {
        ObjectNode json = circumstances.deepCopy();
        ArrayNode rows = json.putArray("figures");
        for (Figure figure : figures) {
            ObjectNode row = rows.addObject()
                    .put("workload", figure.workload())
                    .put("name", figure.name())
                    .put("value", figure.value())
                    .put("unit", figure.unit())
                    .put("verdict", verdict(figure));
            if (figure.aim() != null) {
                row.put("aim", figure.aim()).put("at_most", figure.atMost());
            }
            if (figure.plain() != null) {
                row.put("plain", figure.plain())
                        .put("plain_value", figure.plainValue())
                        .put("ratio", figure.ratio());
            }
        }
        json.set("raw", raw);
        return json.put("errors", errors());
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        double size = Math.abs(value);
        String pattern = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, pattern, value);
    }
}

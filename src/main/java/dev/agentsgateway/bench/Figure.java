package dev.agentsgateway.bench;

/**
 * One row of the result.
 *
 * @param aim        null where the design states none
 * @param atMost     whether smaller is better
 * @param plain      what the value is compared with, null for nothing
 * @param plainValue in the same unit
 */
record Figure(
        String workload,
        String name,
        String unit,
        double value,
        Double aim,
        boolean atMost,
        String plain,
        double plainValue) {
    /** A value without an aim and without anything to compare it with. */
    static Figure of(String workload, String name, String unit, double value) {
        return new Figure(workload, name, unit, value, null, true, null, 0);
    }

    Figure atMost(double newAim) {
        return new Figure(workload, name, unit, value, newAim, true, plain, plainValue);
    }

    Figure atLeast(double newAim) {
        return new Figure(workload, name, unit, value, newAim, false, plain, plainValue);
    }

    Figure against(String newPlain, double newPlainValue) {
        return new Figure(workload, name, unit, value, aim, atMost, newPlain, newPlainValue);
    }

    double ratio() {
        return value / plainValue;
    }

    /** {@code ok}, {@code miss}, or nothing where there is no aim. */
    String verdict() {
        if (aim == null) {
            return "";
        }
        return (atMost ? value <= aim : value >= aim) ? "ok" : "miss";
    }
}

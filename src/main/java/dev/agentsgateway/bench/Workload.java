package dev.agentsgateway.bench;

/** One of the loads of design.md, section 9. */
interface Workload {
    String name();

    /** The heap that its gateway needs, as {@code -Xmx} has it; null for the default. */
    default String heap(boolean quick) {
        return null;
    }

    /** Puts the load on the gateway, measures the plain parts beside it and adds what it found to the report. */
    void run(Setup setup) throws Exception;
}

package dev.agentsgateway.bench;

/** One of the loads of design.md, section 9. */
interface Workload {
    String name();

    /** The heap that its gateway needs, as {@code -Xmx} has it; null for the default. */
    default String heap(boolean quick) {
        return null;
    }

    /** Whether it is left out unless it is asked for by its name. */
    default boolean optional() {
        return false;
    }

    /** Without one, the setup has neither gateway, process nor key. */
    default boolean needsGateway() {
        return true;
    }

    /** Puts the load on the gateway, measures the plain parts beside it and adds what it found to the report. */
    void run(Setup setup) throws Exception;
}

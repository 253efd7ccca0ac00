package dev.agentsgateway.bench;

/** One of the loads of design.md, section 9. */
interface Workload {
    String name();

    /** Puts the load on the gateway, measures the plain parts beside it and adds what it found to the report. */
    void run(Setup setup) throws Exception;
}

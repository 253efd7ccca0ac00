package dev.agentsgateway.app;

import java.util.List;

/** The gateway cannot start; one line for each reason, fit for people. */
public final class StartupException extends Exception {
    private static final long serialVersionUID = 1;
    private final transient List<String> problems;

    public StartupException(List<String> problems) {
        super(String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}

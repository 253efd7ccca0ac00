package dev.agentsgateway.guardrail;

import dev.agentsgateway.run.Guard;
import java.util.Optional;

/**
 * What is checked and masked for guarded agents: messages that try to change what the agent is for are refused, and what
 * identifies people is masked in messages and in tool results. Thread-safe.
 */
public final class Guardrails implements Guard {
    /** What clients of the reference read. */
    static final String DETECTED = "Potential jailbreaking or prompt injection detected.";

    private final boolean standard;
    private final InjectionDetector injections;
    private final PiiMasker pii = new PiiMasker();

    private Guardrails(boolean standard, InjectionDetector injections) {
        this.standard = standard;
        this.injections = injections;
    }

    /** @param standard whether agents are guarded that do not say */
    public static Guardrails load(boolean standard) {
        return new Guardrails(standard, InjectionDetector.load());
    }

    /** @param wanted what an agent says, null for nothing */
    public Guard guard(Boolean wanted) {
        return (wanted == null ? standard : wanted) ? this : NONE;
    }

    @Override
    public Optional<String> check(String text) {
        return injections.detects(text) ? Optional.of(DETECTED) : Optional.empty();
    }

    @Override
    public String mask(String text) {
        return text == null ? null : pii.mask(text);
    }
}

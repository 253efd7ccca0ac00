package dev.agentsgateway.model;

import java.util.Locale;

/** Whose protocol a model speaks. */
public enum Provider {
    OPENAI("OpenAI", "OpenAI Chat", "OPENAI_API_KEY"),
    GEMINI("Google", "Google", "GOOGLE_API_KEY"),
    ANTHROPIC("Anthropic", "Anthropic", "ANTHROPIC_API_KEY"),
    /** The built-in offline model. */
    DEMO("Demo", "Demo", null);

    private final String displayName;
    private final String metricsName;
    private final String keyVariable;

    Provider(String displayName, String metricsName, String keyVariable) {
        this.displayName = displayName;
        this.metricsName = metricsName;
        this.keyVariable = keyVariable;
    }

    /** On the wire and in {@link Message.ProviderState}, for example {@code openai}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@code model_provider} of stream events. */
    public String displayName() {
        return displayName;
    }

    /** {@code metrics.details[].provider}. */
    public String metricsName() {
        return metricsName;
    }

    /** The environment variable of the key; null for {@link #DEMO}. */
    public String keyVariable() {
        return keyVariable;
    }
}

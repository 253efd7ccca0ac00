package dev.agentsgateway.model;

import dev.agentsgateway.bench.ScriptedModelServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The three vendors, for tests that hold for all of them. */
public enum Vendor {
    OPENAI("gpt-5.4"),
    ANTHROPIC("claude-sonnet-4-6"),
    GEMINI("gemini-2.5-pro");

    public static final String KEY = "canary-key-0123456789";
    public static final ModelHttp.Settings QUICK = ModelHttp.Settings.DEFAULT
            .withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(20))
            .withRetries(3, Duration.ofMillis(5), Duration.ofSeconds(2));

    public final String model;

    Vendor(String model) {
        this.model = model;
    }

    public static Models models(ScriptedModelServer server, ModelHttp.Settings settings) {
        Map<String, String> variables = new HashMap<>();
        variables.put("OPENAI_BASE_URL", server.openAiBaseUrl());
        variables.put("ANTHROPIC_BASE_URL", server.anthropicBaseUrl());
        variables.put("GOOGLE_GEMINI_BASE_URL", server.geminiBaseUrl());
        variables.put("OPENAI_API_KEY", KEY);
        variables.put("ANTHROPIC_API_KEY", KEY);
        variables.put("GOOGLE_API_KEY", KEY);
        return new Models(ModelConfig.of(variables).withHttp(settings));
    }

    public ModelRequest request(boolean stream, Message... messages) {
        return new ModelRequest(model, null, List.of(messages), List.of(), null, null, stream);
    }

    public ModelRequest hello(boolean stream) {
        return request(stream, Message.User.of("Hello"));
    }
}

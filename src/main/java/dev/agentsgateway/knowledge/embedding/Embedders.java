package dev.agentsgateway.knowledge.embedding;

import dev.agentsgateway.model.ModelConfig;
import dev.agentsgateway.model.ModelConfig.Endpoint;
import dev.agentsgateway.model.ModelHttp;

/** Chooses the embedding model. */
public final class Embedders {
    private Embedders() {}

    /**
     * The configured embedder.
     *
     * @param settings without problems
     * @param models   how the vendors are reached
     * @param http     stays the caller's, who closes it; not used by the local model
     */
    public static Embedder from(EmbeddingConfig settings, ModelConfig models, ModelHttp http) {
        Endpoint gemini = models.gemini();
        Endpoint openAi = models.openAi();
        return switch (settings.provider()) {
            case LOCAL -> settings.threads() == 0 ? new LocalEmbedder() : new LocalEmbedder(settings.threads());
            case GEMINI ->
                new GeminiEmbedder(
                        http,
                        gemini.baseUrlOr("https://generativelanguage.googleapis.com"),
                        gemini.apiKey(),
                        settings.model(),
                        settings.dimension());
            case OPENAI ->
                new OpenAiEmbedder(
                        http,
                        openAi.baseUrlOr("https://api.openai.com/v1"),
                        openAi.apiKey(),
                        settings.model(),
                        settings.dimension());
        };
    }
}

package dev.agentsgateway.model;

import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/** The models that are known by name: the resource {@code models.json}, in its order. Immutable. */
public final class Catalogue {
    private final List<Entry> entries;

    private Catalogue(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /**
     * @param symbol              the reference's name of the model
     * @param provider            {@link Provider#id()}
     * @param defaultOfProvider   whether it is taken when only this provider has a key
     * @param contextTokens       null when not known
     * @param maxOutputTokens     null when not known
     * @param defaultMaxTokens    output limit to send when the request has none and the protocol requires one
     * @param maxCompletionTokens whether OpenAI refuses {@code max_tokens} for it
     * @param reasoning           null when it cannot be asked to reason by itself
     */
    public record Entry(
            String id,
            String symbol,
            String provider,
            boolean defaultOfProvider,
            Integer contextTokens,
            Integer maxOutputTokens,
            Integer defaultMaxTokens,
            boolean maxCompletionTokens,
            Prices prices,
            Capabilities capabilities,
            Reasoning reasoning) {}

    /** How a model that can reason by itself is asked to. */
    public enum Reasoning {
        /** OpenAI's {@code reasoning_effort}, which the model takes together with tools. */
        EFFORT,
        /** The same, but Chat Completions refuses it for this model in requests that have tools. */
        EFFORT_WITHOUT_TOOLS,
        /** A number of tokens: Anthropic's {@code thinking.budget_tokens}, Gemini's {@code thinkingBudget}. */
        BUDGET,
        /** The model itself decides how much. */
        ADAPTIVE
    }

    /** US dollars per million tokens, list price of the lowest tier; null when not known. */
    public record Prices(Double input, Double output, Double cacheRead, Double cacheWrite) {}

    public record Capabilities(boolean images, boolean documents, boolean reasoning, boolean tools) {}

    public static Catalogue load() {
        try (InputStream in = Catalogue.class.getResourceAsStream("/models.json")) {
            return new Catalogue(List.of(Json.MAPPER.readValue(in, Entry[].class)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public List<Entry> entries() {
        return entries;
    }

    public Optional<Entry> find(String id) {
        return entries.stream().filter(entry -> entry.id().equals(id)).findFirst();
    }
}

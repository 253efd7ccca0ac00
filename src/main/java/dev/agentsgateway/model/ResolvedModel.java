package dev.agentsgateway.model;

/**
 * A model that can be asked.
 *
 * @param id         as on our wire, possibly with a {@code provider/} prefix
 * @param upstreamId for {@link ModelRequest#model()}
 * @param entry      null when the catalogue does not know it
 * @param configured whether its provider is; if not, {@link ChatModel#stream} throws {@code NOT_CONFIGURED}
 * @param chat       shared by all models of the provider
 */
public record ResolvedModel(
        String id, String upstreamId, Provider provider, Catalogue.Entry entry, boolean configured, ChatModel chat) {
    /**
     * How the model can be asked to reason by itself; null when it cannot, or when it is not known. OpenAI's o-series
     * takes {@code reasoning_effort} whatever its number.
     */
    public Catalogue.Reasoning reasoning() {
        if (entry != null) {
            return entry.reasoning();
        }
        boolean oSeries = upstreamId.startsWith("o3") || upstreamId.startsWith("o4");
        return provider == Provider.OPENAI && oSeries ? Catalogue.Reasoning.EFFORT : null;
    }
}

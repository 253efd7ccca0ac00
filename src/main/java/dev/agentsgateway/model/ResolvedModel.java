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
        String id, String upstreamId, Provider provider, Catalogue.Entry entry, boolean configured, ChatModel chat) {}

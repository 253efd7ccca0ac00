package dev.agentsgateway.knowledge.document;

import java.util.Map;

/**
 * A piece of a document that is embedded and found as one.
 *
 * @param index    from 0, in the document's order
 * @param text     not blank
 * @param tokens   as the embedding model counts them
 * @param metadata that of the section it begins in
 */
public record Chunk(int index, String text, int tokens, Map<String, Object> metadata) {}

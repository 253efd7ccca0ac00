package dev.agentsgateway.knowledge;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.knowledge.embedding.EmbeddingException;
import dev.agentsgateway.knowledge.store.Scope;
import dev.agentsgateway.knowledge.store.StoreException;
import dev.agentsgateway.tool.Tool;
import dev.agentsgateway.tool.ToolException;
import dev.agentsgateway.tool.ToolInput;
import dev.agentsgateway.tool.ToolResult;
import dev.agentsgateway.tool.ToolSpec;
import java.util.List;
import java.util.Map;

/**
 * The tool {@code search_knowledge_base}: passages of the tenant's documents, numbered with their sources so that the model
 * can cite them. Without a tenant nothing is searched. Thread-safe.
 */
public final class SearchTool implements Tool {
    public static final String NAME = "search_knowledge_base";
    static final String NO_TENANT =
            "No tenant is known for this conversation, so there is no knowledge base that could be searched.";
    private static final int LIMIT = 10;
    private static final int LONGEST_QUERY = 8000;

    private final Retrieval retrieval;
    private final ToolSpec spec;

    public SearchTool(Retrieval retrieval) {
        this.retrieval = retrieval;
        ObjectNode schema = Json.object().put("type", "object");
        schema.putObject("properties")
                .putObject("query")
                .put("type", "string")
                .put("description", "What to look for, in words that the documents may use.");
        schema.putArray("required").add("query");
        this.spec = new ToolSpec(
                NAME,
                "Searches the organisation's own documents and answers with the passages that fit best, each with a number"
                        + " and its source. Use it before answering what such documents may tell, and cite what you use"
                        + " by its number, like [1].",
                schema,
                ToolSpec.SideEffect.NONE);
    }

    @Override
    public ToolSpec spec() {
        return spec;
    }

    @Override
    public ToolResult execute(ToolInput input) throws InterruptedException {
        String query = input.text("query").strip();
        String tenant = input.context().tenantId();
        if (tenant == null || tenant.isEmpty()) {
            return new ToolResult(NO_TENANT);
        }
        if (query.isEmpty() || query.length() > LONGEST_QUERY) {
            throw new ToolException("The argument 'query' must be a text of 1 to " + LONGEST_QUERY + " characters.");
        }
        long start = System.nanoTime();
        try {
            Scope scope = new Scope(tenant, null, Map.of());
            Retrieval.Found found =
                    retrieval.search(new Retrieval.Question(scope, query, LIMIT, Retrieval.Mode.HYBRID));
            double seconds = (System.nanoTime() - start) / 1e9;
            return new ToolResult(text(found), references(query, found.results(), seconds));
        } catch (StoreException | EmbeddingException e) {
            throw new ToolException("The knowledge base cannot be searched now: " + e.getMessage());
        }
    }

    private static String text(Retrieval.Found found) {
        if (found.results().isEmpty()) {
            return "Nothing was found in the knowledge base.";
        }
        StringBuilder text = new StringBuilder("Cite what you use by its number, like [1].\n");
        int number = 1;
        for (Retrieval.Item item : found.results()) {
            text.append("\n[").append(number++).append("] ").append(name(item));
            if (item.source().page() != null) {
                text.append(", page ").append(item.source().page());
            }
            text.append('\n').append(item.text().strip()).append('\n');
        }
        for (Retrieval.Skipped skipped : found.pipeline().skipped()) {
            text.append("\n(The ")
                    .append(skipped.retriever())
                    .append(" search was not possible: ")
                    .append(skipped.reason())
                    .append(')');
        }
        return text.toString();
    }

    private static String name(Retrieval.Item item) {
        return item.source().filename() != null
                ? item.source().filename()
                : item.source().fileId();
    }

    /** As {@code RunCompleted} has them. */
    private static ArrayNode references(String query, List<Retrieval.Item> items, double seconds) {
        ArrayNode references = Json.MAPPER.createArrayNode();
        if (items.isEmpty()) {
            return references;
        }
        ObjectNode search = references.addObject().put("query", query);
        ArrayNode found = search.putArray("references");
        for (Retrieval.Item item : items) {
            found.addObject()
                    .put("name", name(item))
                    .put("content", item.text())
                    .set("meta_data", item.metadata());
        }
        search.put("time", Math.round(seconds * 10_000) / 10_000.0);
        return references;
    }
}

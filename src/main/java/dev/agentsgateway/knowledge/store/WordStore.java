package dev.agentsgateway.knowledge.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.db.Database;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** PostgreSQL's full-text search of chunks, for stores that have none. Thread-safe. */
final class WordStore {
    private final Database database;

    WordStore(Database database) {
        this.database = database;
    }

    /** Chunks of the scope with some of the words, the best first. */
    List<Hit> search(Scope scope, String text, int limit) {
        Map<String, Object> values = new LinkedHashMap<>();
        StringBuilder filters = new StringBuilder();
        scope.filters()
                .forEach((path, value) -> filters.append(" AND (")
                        .append(any(path, value, values))
                        .append(")"));
        return database.with(handle -> {
            var query = handle.createQuery("""
                    WITH asked AS (
                        SELECT replace(plainto_tsquery('english', :text)::text, ' & ', ' | ')::tsquery AS words),
                    found AS (
                        SELECT c.entry_id, c.idx, c.text, ts_rank_cd(c.words, asked.words, 1) AS score,
                            coalesce(e.metadata, '{}'::jsonb) || c.metadata || jsonb_build_object(
                                'tenant_id', e.tenant_id, 'collection_id', e.collection_id, 'file_id', e.file_id,
                                'original_filename', e.original_filename, 'file_type', e.file_type,
                                'content_type', e.content_type, 'source_id', e.file_id) AS metadata
                        FROM asked, ai.knowledge_chunks c
                            JOIN ai.knowledge_documents d
                                ON d.entry_id = c.entry_id AND d.indexed_generation = c.generation
                            JOIN public.knowledge_entries e ON e.id = c.entry_id
                        WHERE c.words IS NOT NULL AND c.words @@ asked.words AND e.tenant_id = :tenant
                            AND (:collection::text IS NULL OR e.collection_id = :collection) AND e.status <> 'deleted')
                    SELECT * FROM found WHERE true""" + filters + " ORDER BY score DESC, entry_id, idx LIMIT :limit")
                    .bind("text", text)
                    .bind("tenant", scope.tenantId())
                    .bind("collection", scope.collectionId())
                    .bind("limit", limit);
            values.forEach((name, value) -> {
                if (value instanceof String[] path) {
                    query.bindArray(name, String.class, (Object[]) path);
                } else {
                    query.bind(name, (String) value);
                }
            });
            return query.map((row, _) -> Hit.of(
                            row.getString("entry_id"),
                            row.getInt("idx"),
                            row.getString("text"),
                            (ObjectNode) Json.read(row.getString("metadata")),
                            row.getDouble("score")))
                    .list();
        });
    }

    /** An array contains its elements, and a scalar itself (PostgreSQL, "jsonb containment"). */
    private static String any(String path, JsonNode value, Map<String, Object> values) {
        List<JsonNode> wanted = new ArrayList<>();
        if (value.isArray()) {
            value.forEach(wanted::add);
        } else {
            wanted.add(value);
        }
        String at = "path" + values.size();
        values.put(at, path.split("\\."));
        List<String> conditions = new ArrayList<>();
        for (JsonNode one : wanted) {
            String name = "value" + values.size();
            values.put(name, one.toString());
            conditions.add("metadata #> :" + at + "::text[] @> :" + name + "::jsonb");
        }
        return String.join(" OR ", conditions);
    }

    /** Makes what is searched of chunks that were stored while another store was used. */
    void fill(UUID entryId) {
        database.with(handle -> handle.execute("""
                UPDATE ai.knowledge_chunks SET words = to_tsvector('english', text) WHERE entry_id = ? AND words IS NULL
                """, entryId));
    }
}

package dev.agentsgateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.tool.ToolSpec.SideEffect;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tool as its server declares it, checked (MCP, server/tools).
 *
 * @param parameters a valid JSON Schema of an object
 * @param output     what structured results fit, null when the server does not say
 */
record ServerTool(String name, String description, ObjectNode parameters, Schema output, SideEffect sideEffect) {
    private static final Logger LOG = LoggerFactory.getLogger(ServerTool.class);
    private static final int MAX_SCHEMA_CHARS = 1 << 16;
    private static final int MAX_DESCRIPTION = 4000;
    private static final int MAX_CHARS_IN_ALL = 1 << 19;
    private static final int MAX_NAME = 256;

    /** The tools that can be used; what is wrong with the others is logged. */
    static List<ServerTool> read(String server, List<JsonNode> declared) {
        Map<String, ServerTool> tools = new LinkedHashMap<>();
        int chars = 0;
        for (JsonNode each : declared) {
            String name = each.path("name").asText("");
            try {
                ServerTool tool = of(name, each);
                chars += Json.write(tool.parameters()).length()
                        + tool.description().length();
                if (chars > MAX_CHARS_IN_ALL) {
                    throw new IllegalArgumentException("the server's tools are too much for a model to read");
                }
                if (tools.putIfAbsent(name, tool) != null) {
                    throw new IllegalArgumentException("it is declared twice");
                }
            } catch (IllegalArgumentException e) {
                LOG.warn("the tool {} of the MCP server {} is left out: {}", shown(name), server, e.getMessage());
            }
        }
        return new ArrayList<>(tools.values());
    }

    private static ServerTool of(String name, JsonNode declared) {
        if (name.isBlank() || name.length() > MAX_NAME) {
            throw new IllegalArgumentException("it has no usable name");
        }
        ObjectNode parameters = object("inputSchema", declared.path("inputSchema"));
        JsonNode output = declared.path("outputSchema");
        String description = declared.path("description").asText("");
        return new ServerTool(
                name,
                description.length() <= MAX_DESCRIPTION ? description : description.substring(0, MAX_DESCRIPTION) + "…",
                parameters,
                output.isObject() ? schema(object("outputSchema", output)) : null,
                sideEffect(declared.path("annotations")));
    }

    private static ObjectNode object(String member, JsonNode declared) {
        if (!(declared instanceof ObjectNode given)) {
            throw new IllegalArgumentException("its " + member + " is no JSON Schema of an object");
        }
        if (Json.write(given).length() > MAX_SCHEMA_CHARS) {
            throw new IllegalArgumentException("its " + member + " has more than " + MAX_SCHEMA_CHARS + " characters");
        }
        ObjectNode schema = given.deepCopy();
        if (!schema.has("type")) {
            schema.put("type", "object");
        }
        if (!schema.path("type").asText().equals("object")) {
            throw new IllegalArgumentException("its " + member + " describes no object");
        }
        if (member.equals("inputSchema") && !schema.has("properties")) {
            // Some model vendors refuse a schema without.
            schema.putObject("properties");
        }
        checkAgainstDialect(member, schema);
        return schema;
    }

    private static void checkAgainstDialect(String member, ObjectNode schema) {
        Schema dialect = registry().getSchema(SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.getDialectId()));
        ObjectNode unnamed = schema.deepCopy();
        unnamed.remove(List.of("$schema", "$id"));
        var problems = dialect.validate(unnamed);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("its " + member + " is no valid JSON Schema: "
                    + problems.getFirst().getInstanceLocation() + " "
                    + problems.getFirst().getMessage());
        }
        schema.remove(List.of("$schema", "$id"));
    }

    private static Schema schema(ObjectNode parameters) {
        try {
            return registry().getSchema(parameters);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("its outputSchema cannot be used: " + e.getMessage(), e);
        }
    }

    /** Fetches nothing. */
    private static SchemaRegistry registry() {
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    }

    /** Hints are a server's own claim (MCP, ToolAnnotations); what is not claimed is assumed to be the worst. */
    private static SideEffect sideEffect(JsonNode annotations) {
        if (annotations.path("readOnlyHint").asBoolean(false)) {
            return SideEffect.NONE;
        }
        return annotations.path("idempotentHint").asBoolean(false) ? SideEffect.IDEMPOTENT : SideEffect.ONCE;
    }

    private static String shown(String name) {
        String one = name.replaceAll("\\p{Cntrl}", " ");
        return "'" + (one.length() <= 80 ? one : one.substring(0, 80) + "…") + "'";
    }
}

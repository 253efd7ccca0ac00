package dev.agentsgateway.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says whether arguments that people give fit a tool, by its JSON Schema (2020-12 unless it names another dialect).
 * {@code format} is not checked, nothing is fetched. Thread-safe.
 */
public final class ArgumentCheck {
    private static final Logger LOG = LoggerFactory.getLogger(ArgumentCheck.class);

    private final Map<String, ToolSpec> specs = new HashMap<>();
    /** Made at the first use: most tools are never checked. */
    private final Map<String, Optional<Schema>> schemas = new ConcurrentHashMap<>();

    public ArgumentCheck(List<ToolSpec> specs) {
        specs.forEach(spec -> this.specs.put(spec.name(), spec));
    }

    /**
     * What does not fit.
     *
     * @param path   member names and list indexes, from the arguments on
     * @param reason in the validator's words
     */
    public record Misfit(List<Object> path, String reason) {
        /** The place in a request whose arguments stand at {@code holder}. */
        public List<Object> within(List<Object> holder) {
            List<Object> loc = new ArrayList<>(holder);
            loc.addAll(path);
            return loc;
        }
    }

    /**
     * The first thing that does not fit; empty when everything does, and for a tool that is not known or whose schema is
     * none: such a tool judges its arguments itself.
     */
    public Optional<Misfit> misfit(String tool, ObjectNode arguments) {
        ToolSpec spec = specs.get(tool);
        if (spec == null) {
            return Optional.empty();
        }
        Optional<Misfit> unknown = unknown(spec, arguments);
        if (unknown.isPresent()) {
            return unknown;
        }
        try {
            return schemas.computeIfAbsent(
                            tool,
                            _ -> Optional.ofNullable(spec.parameters())
                                    .map(parameters -> registry().getSchema(parameters)))
                    .flatMap(schema -> schema.validate(arguments).stream().findFirst())
                    .map(ArgumentCheck::misfit);
        } catch (RuntimeException e) {
            LOG.warn("the schema of the tool {} cannot be used: {}", tool, e.getMessage());
            schemas.put(tool, Optional.empty());
            return Optional.empty();
        }
    }

    /** A name that the tool does not know is a mistake that it would not notice. */
    private static Optional<Misfit> unknown(ToolSpec spec, ObjectNode arguments) {
        JsonNode schema = spec.parameters();
        if (schema == null
                || !schema.path("properties").isObject()
                || schema.path("properties").isEmpty()
                || schema.path("additionalProperties").isObject()
                || schema.path("additionalProperties").asBoolean(false)) {
            return Optional.empty();
        }
        for (var argument : arguments.properties()) {
            if (!schema.get("properties").has(argument.getKey())) {
                List<String> known = new ArrayList<>();
                schema.get("properties").fieldNames().forEachRemaining(known::add);
                return Optional.of(new Misfit(
                        List.of(argument.getKey()),
                        spec.name() + " has no such argument; it has " + String.join(", ", known)));
            }
        }
        return Optional.empty();
    }

    /** One for each schema, so that two tools may use the same {@code $id}. */
    private static SchemaRegistry registry() {
        SchemaRegistryConfig english =
                SchemaRegistryConfig.builder().locale(Locale.ENGLISH).build();
        return SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemaRegistryConfig(english));
    }

    private static Misfit misfit(Error error) {
        List<Object> path = new ArrayList<>();
        NodePath at = error.getInstanceLocation();
        for (int i = 0; i < at.getNameCount(); i++) {
            path.add(at.getElement(i));
        }
        // A member that is missing, or one too many, is told of its holder.
        if (error.getProperty() != null) {
            path.add(error.getProperty());
        }
        return new Misfit(path, error.getMessage());
    }
}

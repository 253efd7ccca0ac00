package dev.agentsgateway.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.agentsgateway.common.Json;
import dev.agentsgateway.http.Binder;
import dev.agentsgateway.http.Body;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads stored configurations, which anybody may have written, by the rules for posted ones. Thread-safe. */
final class AgentConfigs {
    private static final Logger LOG = LoggerFactory.getLogger(AgentConfigs.class);

    private final Binder binder;

    record Stored(@Body AgentConfig config) {}

    AgentConfigs(Binder binder) {
        this.binder = binder;
    }

    /** Members that are missing have their defaults, and so has the whole when one member is wrong. */
    AgentConfig read(String stored) {
        if (stored == null || stored.isBlank()) {
            return AgentConfig.DEFAULT;
        }
        try {
            return bound(Json.read(stored));
        } catch (IllegalArgumentException | Binder.InvalidRequestException e) {
            LOG.warn("an agent's stored configuration cannot be read, the defaults apply: {}", e.getMessage());
            return AgentConfig.DEFAULT;
        }
    }

    /** The JSON of a stored configuration with members of another, which fit, laid over it. */
    String merged(String stored, ObjectNode changes) {
        ObjectNode whole = Json.MAPPER.valueToTree(read(stored));
        AgentConfig merged = bound(whole.setAll(changes));
        // What is stored may be older than the check, and must not stand in the way of other changes.
        boolean stepsChange = changes.has("reasoning_min_steps") || changes.has("reasoning_max_steps");
        return Json.write(stepsChange ? merged.checked() : merged);
    }

    private AgentConfig bound(JsonNode json) {
        return binder.bind(Stored.class, new Binder.Parts(Map.of(), Map.of(), _ -> null, json, false))
                .config();
    }
}

package dev.agentsgateway.mcp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.agentsgateway.common.Json;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** JSON-RPC messages of MCP as bytes (the protocol's member names are camelCase, unlike the gateway's). */
final class Wire {
    static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(Json.MAX_DEPTH)
                            .build())
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .recyclerPool(JsonRecyclerPools.newBoundedPool(64))
                    .build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private Wire() {}

    static byte[] write(Object message) {
        try {
            return MAPPER.writeValueAsBytes(message);
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /**
     * One message, or several: revision 2025-03-26 had batches.
     *
     * @throws IOException when it is none
     */
    static List<McpSchema.JSONRPCMessage> read(byte[] bytes, int length) throws IOException {
        JsonNode json = MAPPER.readTree(bytes, 0, length);
        List<McpSchema.JSONRPCMessage> messages = new ArrayList<>();
        if (json.isArray()) {
            for (JsonNode each : json) {
                messages.add(message(each));
            }
        } else {
            messages.add(message(json));
        }
        return messages;
    }

    private static McpSchema.JSONRPCMessage message(JsonNode json) throws IOException {
        Class<? extends McpSchema.JSONRPCMessage> type;
        if (json.has("method")) {
            type = json.has("id") ? McpSchema.JSONRPCRequest.class : McpSchema.JSONRPCNotification.class;
        } else if (json.has("result") || json.has("error")) {
            type = McpSchema.JSONRPCResponse.class;
        } else {
            throw new IOException("not a JSON-RPC message");
        }
        return MAPPER.treeToValue(json, type);
    }
}

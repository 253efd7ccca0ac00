package dev.agentsgateway.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.agentsgateway.common.Json;
import java.util.List;

/** Events as they are stored: a JSON array for each segment. */
final class EventJson {
    private static final TypeReference<List<RunEvent>> TYPE = new TypeReference<>() {};
    private static final ObjectWriter WRITER = Json.MAPPER.writerFor(TYPE);
    private static final ObjectReader READER = Json.MAPPER.readerFor(TYPE);

    private EventJson() {}

    static String write(List<RunEvent> events) {
        try {
            return WRITER.writeValueAsString(events);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<RunEvent> read(String json) {
        try {
            return READER.readValue(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

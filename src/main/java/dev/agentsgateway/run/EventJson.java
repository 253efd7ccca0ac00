package dev.agentsgateway.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.agentsgateway.common.Json;
import java.util.List;

/** Events as they are stored: a JSON array for each segment. */
final class EventJson {
    private static final TypeReference<List<RunEvent>> TYPE = new TypeReference<>() {};
    private static final ObjectWriter WRITER = Json.MAPPER.writerFor(TYPE);
    /** Half a surrogate pair has no UTF-8, but a JSON escape. */
    private static final ObjectWriter ASCII = WRITER.with(JsonWriteFeature.ESCAPE_NON_ASCII);

    private static final ObjectReader READER = Json.MAPPER.readerFor(TYPE);

    private EventJson() {}

    static String write(List<RunEvent> events) {
        try {
            String json = WRITER.writeValueAsString(events);
            return json.codePoints().anyMatch(EventJson::isHalf) ? ASCII.writeValueAsString(events) : json;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isHalf(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    static List<RunEvent> read(String json) {
        try {
            return READER.readValue(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.agentsgateway.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.agentsgateway.common.Json;
import java.io.IOException;
import java.io.OutputStream;

/**
 * JSON as Python's {@code json.dumps} writes it by default, and as the reference's streams carry it: a blank after
 * {@code ,} and {@code :}, and every character outside ASCII as a lower-case {@code \}{@code uXXXX}. Thread-safe.
 */
public final class PythonJson {
    private static final ObjectWriter WRITER = Json.MAPPER
            .writer(new Blanks())
            .with(JsonWriteFeature.ESCAPE_NON_ASCII)
            .without(JsonWriteFeature.WRITE_HEX_UPPER_CASE);

    private PythonJson() {}

    /** One line of ASCII bytes. */
    public static byte[] write(Object value) {
        try {
            return WRITER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Writes member by member, for what is written often; nothing stands between two values.
     *
     * @param out not closed when the generator is
     */
    public static JsonGenerator generator(OutputStream out) throws IOException {
        return WRITER.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    }

    private static final class Blanks extends MinimalPrettyPrinter {
        private static final long serialVersionUID = 1;

        Blanks() {
            super("");
        }

        @Override
        public void writeObjectFieldValueSeparator(JsonGenerator out) throws IOException {
            out.writeRaw(": ");
        }

        @Override
        public void writeObjectEntrySeparator(JsonGenerator out) throws IOException {
            out.writeRaw(", ");
        }

        @Override
        public void writeArrayValueSeparator(JsonGenerator out) throws IOException {
            out.writeRaw(", ");
        }
    }
}

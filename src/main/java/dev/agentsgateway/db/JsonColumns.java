package dev.agentsgateway.db;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import dev.agentsgateway.common.Json;
import java.lang.reflect.Type;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Optional;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.argument.ArgumentFactory;
import org.jdbi.v3.core.config.ConfigRegistry;
import org.jdbi.v3.core.generic.GenericTypes;
import org.jdbi.v3.core.mapper.ColumnMapper;
import org.jdbi.v3.core.statement.StatementContext;
import org.postgresql.util.PGobject;

/** {@link JsonNode} in jsonb columns. JSON kept in text columns is bound and read as a string. */
final class JsonColumns {
    private JsonColumns() {}

    /** SQL NULL is read as null. */
    static final class Mapper implements ColumnMapper<JsonNode> {
        @Override
        public JsonNode map(ResultSet row, int column, StatementContext context) throws SQLException {
            String text = row.getString(column);
            return text == null ? null : Json.read(text);
        }
    }

    /** Null and JSON's null both become SQL NULL. */
    static final class Arguments implements ArgumentFactory {
        @Override
        public Optional<Argument> build(Type type, Object value, ConfigRegistry config) {
            if (!JsonNode.class.isAssignableFrom(GenericTypes.getErasedType(type)) && !(value instanceof JsonNode)) {
                return Optional.empty();
            }
            JsonNode node = (JsonNode) value;
            return Optional.of((position, statement, context) -> set(statement, position, node));
        }

        private static void set(PreparedStatement statement, int position, JsonNode node) throws SQLException {
            if (node == null || node.getNodeType() == JsonNodeType.NULL) {
                statement.setNull(position, Types.OTHER);
                return;
            }
            PGobject jsonb = new PGobject();
            jsonb.setType("jsonb");
            jsonb.setValue(Json.write(node));
            statement.setObject(position, jsonb);
        }
    }
}

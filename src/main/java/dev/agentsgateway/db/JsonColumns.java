package dev.agentsgateway.db;

import com.fasterxml.jackson.databind.JsonNode;
import dev.agentsgateway.common.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import org.jdbi.v3.core.argument.AbstractArgumentFactory;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.config.ConfigRegistry;
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
    static final class Arguments extends AbstractArgumentFactory<JsonNode> {
        Arguments() {
            super(Types.OTHER);
        }

        @Override
        protected Argument build(JsonNode node, ConfigRegistry config) {
            return (position, statement, context) -> {
                if (node.isNull()) {
                    statement.setNull(position, Types.OTHER);
                } else {
                    statement.setObject(position, jsonb(node));
                }
            };
        }

        private static PGobject jsonb(JsonNode node) throws SQLException {
            PGobject jsonb = new PGobject();
            jsonb.setType("jsonb");
            jsonb.setValue(Json.write(node));
            return jsonb;
        }
    }
}

package dev.agentsgateway.db;

import java.lang.reflect.Type;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.argument.ArgumentFactory;
import org.jdbi.v3.core.config.ConfigRegistry;
import org.jdbi.v3.core.mapper.ColumnMapper;
import org.jdbi.v3.core.statement.StatementContext;

/** {@link Instant} in timestamps with a zone, and in those without, which are UTC by the reference's convention. */
final class InstantColumns {
    private InstantColumns() {}

    static final class Mapper implements ColumnMapper<Instant> {
        @Override
        public Instant map(ResultSet row, int column, StatementContext context) throws SQLException {
            if ("timestamp".equals(row.getMetaData().getColumnTypeName(column))) {
                LocalDateTime time = row.getObject(column, LocalDateTime.class);
                return time == null ? null : time.toInstant(ZoneOffset.UTC);
            }
            OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
            return time == null ? null : time.toInstant();
        }
    }

    static final class Arguments implements ArgumentFactory {
        @Override
        public Optional<Argument> build(Type type, Object value, ConfigRegistry config) {
            if (!Instant.class.equals(type) && !(value instanceof Instant)) {
                return Optional.empty();
            }
            // The session's zone is UTC, in which PostgreSQL converts this for columns without a zone.
            return Optional.of((position, statement, context) -> {
                if (value == null) {
                    statement.setNull(position, Types.TIMESTAMP_WITH_TIMEZONE);
                } else {
                    statement.setObject(position, ((Instant) value).atOffset(ZoneOffset.UTC));
                }
            });
        }
    }
}

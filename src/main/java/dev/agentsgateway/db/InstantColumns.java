package dev.agentsgateway.db;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jdbi.v3.core.argument.AbstractArgumentFactory;
import org.jdbi.v3.core.argument.Argument;
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

    static final class Arguments extends AbstractArgumentFactory<Instant> {
        Arguments() {
            super(Types.TIMESTAMP_WITH_TIMEZONE);
        }

        /** The session's zone is UTC, in which PostgreSQL converts this for columns without a zone. */
        @Override
        protected Argument build(Instant value, ConfigRegistry config) {
            return (position, statement, context) -> statement.setObject(position, value.atOffset(ZoneOffset.UTC));
        }
    }
}

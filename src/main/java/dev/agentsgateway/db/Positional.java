package dev.agentsgateway.db;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Executes a statement with parameters by position, for the few statements that every chat needs: there, binding by name
 * costs more than the statement does. Everything else is more readable with Jdbi.
 */
public final class Positional {
    private Positional() {}

    /** Reads one row; columns are numbered from 1. */
    public interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /**
     * @param values texts, numbers, booleans, UUIDs, times, arrays of texts or integers, and nulls, whose types the SQL
     *     must tell by casts where PostgreSQL cannot infer them
     * @return the first row, empty when there is none
     */
    public static <T> Optional<T> first(Handle handle, String sql, Row<T> row, Object... values) {
        try (PreparedStatement statement = handle.getConnection().prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                bind(statement, i + 1, values[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? Optional.of(row.read(rows)) : Optional.empty();
            }
        } catch (SQLException e) {
            throw new IllegalStateException("a statement failed with SQL state " + e.getSQLState(), e);
        }
    }

    private static void bind(PreparedStatement statement, int at, Object value) throws SQLException {
        switch (value) {
            case null -> statement.setNull(at, Types.NULL);
            case String[] texts ->
                statement.setArray(at, statement.getConnection().createArrayOf("text", texts));
            case Integer[] numbers ->
                statement.setArray(at, statement.getConnection().createArrayOf("int4", numbers));
            default -> statement.setObject(at, value);
        }
    }
}

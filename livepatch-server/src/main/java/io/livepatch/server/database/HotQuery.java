package io.livepatch.server.database;

import java.io.Serial;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * A frequent statement over plain JDBC. At each call of an object of {@link Database#dao}, JDBI copies its configuration and resolves the
 * binding of each argument, which takes several times as long as the rest of a small statement. Auto-commits. Thread-safe.
 *
 * @param <A> the argument
 * @param <R> a row of the result
 */
public final class HotQuery<A, R> {
    private final DataSource source;
    private final String sql;
    private final Arguments<A> arguments;
    private final Row<R> row;

    HotQuery(DataSource source, String sql, Arguments<A> arguments, Row<R> row) {
        this.source = source;
        this.sql = sql;
        this.arguments = arguments;
        this.row = row;
    }

    /** Sets the parameters of a statement. */
    @FunctionalInterface
    public interface Arguments<A> {
        void set(PreparedStatement statement, A argument) throws SQLException;
    }

    /** Reads the current row of a result. */
    @FunctionalInterface
    public interface Row<R> {
        R read(ResultSet result) throws SQLException;
    }

    /**
     * Runs the statement and returns all rows.
     *
     * @throws QueryException if it failed
     */
    public List<R> run(A argument) {
        try (Connection connection = source.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            arguments.set(statement, argument);
            try (ResultSet result = statement.executeQuery()) {
                List<R> rows = new ArrayList<>();
                while (result.next()) {
                    rows.add(row.read(result));
                }
                return rows;
            }
        } catch (SQLException e) {
            throw new QueryException(e);
        }
    }

    /** A {@link HotQuery} failed; its cause says why. */
    public static final class QueryException extends RuntimeException {
        @Serial
        private static final long serialVersionUID = 1;

        QueryException(SQLException cause) {
            super(cause.getMessage(), cause);
        }
    }
}

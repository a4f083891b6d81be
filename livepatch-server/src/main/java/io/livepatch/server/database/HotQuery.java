package io.livepatch.server.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/**
 * A statement of the busiest ways through the server, over JDBC alone: whenever an object of {@link Database#dao} is called, JDBI
 * copies its configuration for each of its methods and looks for what binds each argument, which takes several times as long as all
 * the rest of a small statement. Commits by itself. Thread-safe.
 *
 * @param <A> what it is given
 * @param <R> what each of its rows is
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

    /** Puts what a statement is given in the place of its question marks. */
    @FunctionalInterface
    public interface Arguments<A> {
        void set(PreparedStatement statement, A given) throws SQLException;
    }

    /** Reads the row that a result stands at. */
    @FunctionalInterface
    public interface Row<R> {
        R read(ResultSet result) throws SQLException;
    }

    /**
     * Runs it, and answers all of its rows.
     *
     * @throws QueryException if the database refused it or was away
     */
    public List<R> run(A given) {
        try (Connection connection = source.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            arguments.set(statement, given);
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
}

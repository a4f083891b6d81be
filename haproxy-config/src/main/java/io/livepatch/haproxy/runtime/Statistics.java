package io.livepatch.haproxy.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the answer to {@code show stat}: CSV with a header line, and quotes around values that need them. */
final class Statistics {
    private static final Set<String> NOT_A_SERVER = Set.of("FRONTEND", "BACKEND");

    private Statistics() {}

    static List<ServerStatus> servers(String csv) {
        return serverRows(csv).stream().map(Statistics::status).toList();
    }

    /** The lines that are about servers, by column. */
    static List<Map<String, String>> serverRows(String csv) {
        List<String> lines = csv.lines().filter(line -> !line.isBlank()).toList();
        if (lines.isEmpty() || !lines.getFirst().startsWith("# ")) {
            throw new HaproxyException.CommandRefused("show stat", csv);
        }
        List<String> columns = fields(lines.getFirst().substring(2));
        return lines.stream()
                .skip(1)
                .map(line -> row(columns, fields(line)))
                .filter(row -> !NOT_A_SERVER.contains(row.getOrDefault("svname", "FRONTEND")))
                .toList();
    }

    static Map<String, String> row(List<String> columns, List<String> values) {
        Map<String, String> row = new HashMap<>();
        for (int i = 0; i < Math.min(columns.size(), values.size()); i++) {
            row.put(columns.get(i), values.get(i));
        }
        return row;
    }

    private static ServerStatus status(Map<String, String> row) {
        String check = String.join(" ", checkStatus(row), text(row, "check_code"), text(row, "last_chk"));
        return new ServerStatus(
                text(row, "pxname"),
                text(row, "svname"),
                condition(row),
                number(row, "scur"),
                number(row, "qcur"),
                count(row, "stot"),
                check.strip().replaceAll(" +", " "),
                Duration.ofSeconds(secondsSinceChange(row)));
    }

    /**
     * A worker that takes over the state of another may read a change as one second ahead of its own clock; haproxy prints that
     * difference as an unsigned number of 32 bits, 4294967295.
     */
    private static long secondsSinceChange(Map<String, String> row) {
        long seconds = count(row, "lastchg");
        return seconds > Integer.MAX_VALUE ? 0 : seconds;
    }

    /** The result of the last check, without the star that marks a check in progress. */
    static String checkStatus(Map<String, String> row) {
        return text(row, "check_status").replaceFirst("^\\* ", "");
    }

    /** haproxy reports a server whose weight is 0 in the file as UP, though it gets no requests. */
    private static ServerStatus.Condition condition(Map<String, String> row) {
        ServerStatus.Condition reported = ServerStatus.Condition.parse(text(row, "status"));
        return reported == ServerStatus.Condition.UP && text(row, "weight").equals("0")
                ? ServerStatus.Condition.DRAIN
                : reported;
    }

    static String text(Map<String, String> row, String column) {
        return row.getOrDefault(column, "");
    }

    static int number(Map<String, String> row, String column) {
        return Math.toIntExact(count(row, column));
    }

    private static long count(Map<String, String> row, String column) {
        String text = text(row, column);
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    static List<String> fields(String line) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                field.append(c);
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString());
        return fields;
    }
}

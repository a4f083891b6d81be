package io.livepatch.supervisor.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lines of {@code NAME=value}; empty ones and those that begin with {@code #} are passed over. A value is taken as it is but for
 * one pair of quotes around it: no variables, no escapes, as Docker and systemd users know it. Nothing of a line is ever told.
 */
final class EnvironmentFile {

    private static final Pattern LINE = Pattern.compile("(?<name>[A-Za-z_][A-Za-z0-9_]*)=(?<value>.*)");

    private EnvironmentFile() {}

    /** What is wrong is noted, with the file's own lines. */
    static Map<String, String> read(Path file, String key, Problems problems) {
        Map<String, String> variables = new LinkedHashMap<>();
        try {
            List<String> lines = Files.readAllLines(file);
            if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                problems.remark(key, "everybody on this machine can read '%s'; chmod o-r it".formatted(file));
            }
            for (int number = 1; number <= lines.size(); number++) {
                String line = lines.get(number - 1).strip();
                if (!line.isEmpty() && line.charAt(0) != '#') {
                    take(line, new Problem(file.toString(), number, "", "is not NAME=value"), variables, problems);
                }
            }
        } catch (IOException e) {
            String why = Files.exists(file) ? "cannot be read as text" : "is not there";
            problems.add(new Problem(file.toString(), 0, "", "%s; %s names it".formatted(why, key)));
        }
        return variables;
    }

    private static void take(String line, Problem otherwise, Map<String, String> variables, Problems problems) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches() || line.indexOf('\0') >= 0) {
            problems.add(otherwise);
        } else if (variables.put(matcher.group("name"), unquoted(matcher.group("value"))) != null) {
            problems.add(new Problem(
                    otherwise.file(), otherwise.line(), matcher.group("name"), "is given twice; keep one of them"));
        }
    }

    private static String unquoted(String value) {
        return value.replaceAll("^([\"'])(.*)\\1$", "$2");
    }
}

package io.livepatch.supervisor.config;

import io.livepatch.common.config.Checked.Notes;
import io.livepatch.common.config.ConfigProblem;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.SupervisorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The variables of a pool's workers: the lines of {@code env_file}, overridden by {@code env}. No problem quotes a value.
 *
 * <p>A line of the file is {@code NAME=value}; empty ones and those that begin with {@code #} are skipped. A value is taken as it is
 * but for one pair of quotes around it, as by Docker and systemd. In the values of {@code env}, and nowhere else,
 * <code>${NAME}</code> and <code>${NAME:-otherwise}</code> stand for a variable of the supervisor, and <code>$${</code> for the text
 * <code>${</code>. Any other {@code $} stands for itself, so that passwords survive.
 */
final class WorkerVariables {

    private static final Pattern LINE = Pattern.compile("(?<name>[A-Za-z_][A-Za-z0-9_]*)=(?<value>.*)");
    private static final Pattern REFERENCE =
            Pattern.compile("\\$\\$\\{|\\$\\{(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?<otherwise>[^}]*))?})?");

    private final Map<String, String> supervisor;
    private final Notes notes;
    private final Map<String, String> variables = new LinkedHashMap<>();

    /**
     * Has read nothing yet.
     *
     * @param supervisor the environment of the supervisor
     */
    WorkerVariables(Map<String, String> supervisor, Notes notes) {
        this.supervisor = supervisor;
        this.notes = notes;
    }

    /** The variables; without those that are reported as problems. */
    Map<String, String> read(Optional<Path> file, Map<String, String> env) {
        file.ifPresent(this::readFile);
        env.forEach((name, value) -> {
            try {
                String expanded = expand(value);
                variables.putAll(ProcessEnvironment.PLAIN
                        .withEnvironment(Map.of(name, expanded))
                        .environment());
            } catch (IllegalArgumentException | SupervisorException.InvalidSpec e) {
                notes.problem("env." + name, String.valueOf(e.getMessage()), "");
            }
        });
        return variables;
    }

    private void readFile(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                notes.warning("env_file", "everybody on this machine can read '%s'; chmod o-r it".formatted(file));
            }
            for (int number = 1; number <= lines.size(); number++) {
                String line = lines.get(number - 1).strip();
                if (!line.isEmpty() && line.charAt(0) != '#') {
                    readLine(line, file, number);
                }
            }
        } catch (IOException e) {
            String why = Files.exists(file) ? "cannot be read as text" : "does not exist";
            notes.problem("env_file", "'%s' %s".formatted(file, why), "give a file of NAME=value lines");
        }
    }

    private void readLine(String line, Path file, int number) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches() || line.indexOf('\0') >= 0) {
            notes.problem(new ConfigProblem(file.toString(), number, "", "", "is not NAME=value", ""));
        } else if (variables.put(matcher.group("name"), withoutQuotes(matcher.group("value"))) != null) {
            notes.problem(new ConfigProblem(
                    file.toString(), number, matcher.group("name"), "", "is given twice", "keep one of them"));
        }
    }

    private static String withoutQuotes(String value) {
        return value.replaceAll("^([\"'])(.*)\\1$", "$2");
    }

    private String expand(String text) {
        return REFERENCE.matcher(text).replaceAll(found -> Matcher.quoteReplacement(valueOf((Matcher) found)));
    }

    private String valueOf(Matcher found) {
        if (found.group().equals("$${")) {
            return "${";
        }
        String name = found.group("name");
        if (name == null) {
            throw new IllegalArgumentException(
                    "holds '${' without the name of a variable; write '$${' for that text itself");
        }
        String value = supervisor.getOrDefault(name, found.group("otherwise"));
        if (value == null) {
            throw new IllegalArgumentException(
                    "names '%s', which the supervisor's own environment does not have; set it there, or write '${%s:-…}'"
                            .formatted(name, name));
        }
        return value;
    }
}

package io.livepatch.supervisor.config;

import static io.livepatch.supervisor.config.PoolOptions.SIGNAL;

import io.livepatch.common.config.Checked.Notes;
import io.livepatch.common.config.ConfigProblem;
import io.livepatch.common.config.Option;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.config.PoolText.Cpus;
import io.livepatch.supervisor.config.PoolText.DeathSignal;
import io.livepatch.supervisor.config.PoolText.Umask;
import io.livepatch.supervisor.config.PoolText.User;
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

/** The keys of a pool about the environment of its workers. Monoceros has none of them. */
record EnvironmentOptions(
        @Option(
                value =
                        "variables of the workers; `${NAME}` and `${NAME:-otherwise}` are replaced by the supervisor's variables",
                secret = true,
                expected = "names and values; \"\" is an empty one, \"${NAME}\" one of the supervisor's own")
        Map<String, String> env,

        @Option(value = "a file of more variables; `env` overrides it", expected = "a file of NAME=value lines")
        Optional<Path> envFile,

        @Option(
                value = "whether only `PATH HOME LANG TZ` of the supervisor's variables are inherited",
                byDefault = "false",
                expected = "true or false, without quotes")
        boolean clearEnv,

        @Option(value = "the working directory", byDefault = ".", expected = "a directory")
        Path cwd,

        @Option(value = "the user of the workers; needs root", expected = "letters, digits and '._-', at most 32")
        Optional<User> user,

        @Option(value = "the umask of the workers", expected = "three octal digits, such as 027")
        Optional<Umask> umask,

        @Option(value = "the niceness of the workers; below 0 needs root", min = "-20", max = "19")
        Optional<Integer> nice,

        @Option(value = "the processors that the workers may use", expected = "numbers and ranges, such as 0,2-3")
        Optional<Cpus> cpus,

        @Option(value = "the signal for a worker if the supervisor is killed", byDefault = "KILL", expected = SIGNAL)
        DeathSignal parentDeathSignal) {

    /**
     * The environment of the workers, without the variables that are reported as problems.
     *
     * @param supervisor the variables of the supervisor
     */
    ProcessEnvironment processEnvironment(Map<String, String> supervisor, Notes notes) {
        return new ProcessEnvironment(
                new Variables(supervisor, notes).read(envFile, env),
                clearEnv,
                cwd,
                user.map(User::text),
                umask.map(Umask::text),
                nice.stream().mapToInt(it -> it).findFirst(),
                cpus.map(Cpus::text),
                parentDeathSignal.text());
    }

    /**
     * Reads the variables of the workers: the lines of {@code env_file}, overridden by {@code env}. No problem quotes a value.
     *
     * <p>A line of the file is {@code NAME=value}; empty lines and lines that begin with {@code #} are skipped. One pair of quotes around
     * a value is removed, as by Docker and systemd. In the values of {@code env} only, <code>${NAME}</code> and
     * <code>${NAME:-otherwise}</code> are replaced by a variable of the supervisor, and <code>$${</code> by <code>${</code>. Any other
     * {@code $} is kept, since passwords may contain it.
     */
    private static final class Variables {

        private static final Pattern LINE = Pattern.compile("(?<name>[A-Za-z_][A-Za-z0-9_]*)=(?<value>.*)");
        private static final Pattern REFERENCE =
                Pattern.compile("\\$\\$\\{|\\$\\{(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?<otherwise>[^}]*))?})?");

        private final Map<String, String> supervisor;
        private final Notes notes;
        private final Map<String, String> variables = new LinkedHashMap<>();

        Variables(Map<String, String> supervisor, Notes notes) {
            this.supervisor = supervisor;
            this.notes = notes;
        }

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
                    notes.warning(
                            "env_file",
                            "'%s' is readable by every user of this machine; run chmod o-r".formatted(file));
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
                        "contains '${' without the name of a variable; write '$${' for that text itself");
            }
            String value = supervisor.getOrDefault(name, found.group("otherwise"));
            if (value == null) {
                throw new IllegalArgumentException(
                        "names '%s', which is not set in the environment of the supervisor; set it there, or write '${%s:-…}'"
                                .formatted(name, name));
            }
            return value;
        }
    }
}

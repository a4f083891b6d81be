package io.livepatch.supervisor;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The environment of a worker's process.
 *
 * @param environment variables; for secrets, which arguments would show in {@code ps}. May contain the placeholders of {@link
 *     Listening.WorkerPorts}
 * @param clearEnvironment whether to inherit only {@code PATH HOME LANG TZ} from this JVM
 * @param directory the working directory
 * @param user to run as, if this JVM runs as root; {@code HOME} is then not inherited
 * @param umask three octal digits
 * @param nice from -20 (highest priority) to 19, added to this JVM's own; below 0 only for root
 * @param cpus processors in the syntax of {@code taskset}: {@code 0,2-3}
 * @param parentDeathSignal sent when this JVM dies; unless it is {@code KILL}, the process group is killed after the stop timeout
 */
public record ProcessEnvironment(
        Map<String, String> environment,
        boolean clearEnvironment,
        Path directory,
        Optional<String> user,
        Optional<String> umask,
        OptionalInt nice,
        Optional<String> cpus,
        String parentDeathSignal) {

    /** No variables, in {@code /}, killed with its parent. */
    public static final ProcessEnvironment PLAIN = new ProcessEnvironment(
            Map.of(),
            true,
            Path.of("/"),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            "KILL");

    private static final Predicate<String> USER =
            Pattern.compile("[A-Za-z_][A-Za-z0-9._-]{0,31}").asMatchPredicate();
    /** A shell does not pass on variables with other names. */
    private static final Predicate<String> VARIABLE =
            Pattern.compile("[A-Za-z_][A-Za-z0-9_]*").asMatchPredicate();

    private static final Predicate<String> UMASK = Pattern.compile("0?[0-7]{3}").asMatchPredicate();
    private static final Predicate<String> CPUS =
            Pattern.compile("\\d{1,4}(-\\d{1,4})?(,\\d{1,4}(-\\d{1,4})?)*").asMatchPredicate();

    public ProcessEnvironment {
        environment = Map.copyOf(environment);
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            Preconditions.that(
                    VARIABLE.test(variable.getKey()), "variable", variable.getKey(), "letters, digits and '_'");
            Preconditions.that(
                    !Preconditions.holdsNul(variable.getValue()),
                    "value",
                    variable.getKey(),
                    "no value may hold a NUL");
        }
        Preconditions.that(directory.isAbsolute(), "working directory", directory, "the path must be absolute");
        user.ifPresent(it -> Preconditions.that(USER.test(it), "user", it, "letters, digits and '._-', at most 32"));
        umask.ifPresent(it -> Preconditions.that(UMASK.test(it), "umask", it, "three octal digits, such as 027"));
        nice.ifPresent(it -> Preconditions.that(it >= -20 && it <= 19, "niceness", it, "from -20 to 19"));
        cpus.ifPresent(it -> Preconditions.that(CPUS.test(it), "CPU set", it, "numbers and ranges, such as 0,2-3"));
        Preconditions.signal(parentDeathSignal, "parent-death signal");
    }

    public ProcessEnvironment withParentDeathSignal(String signal) {
        return new ProcessEnvironment(environment, clearEnvironment, directory, user, umask, nice, cpus, signal);
    }

    public ProcessEnvironment withDirectory(Path other) {
        return new ProcessEnvironment(environment, clearEnvironment, other, user, umask, nice, cpus, parentDeathSignal);
    }

    public ProcessEnvironment withUser(String name) {
        return new ProcessEnvironment(
                environment, clearEnvironment, directory, Optional.of(name), umask, nice, cpus, parentDeathSignal);
    }

    public ProcessEnvironment withEnvironment(Map<String, String> variables) {
        return new ProcessEnvironment(
                variables, clearEnvironment, directory, user, umask, nice, cpus, parentDeathSignal);
    }

    /** Without the values of variables, which may be secrets. */
    @Override
    public String toString() {
        return "environment %s, directory %s, user %s, parent death %s"
                .formatted(
                        environment.keySet().stream().sorted().toList(),
                        directory,
                        user.orElse("unchanged"),
                        parentDeathSignal);
    }
}

package io.livepatch.supervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What to run and how. Start from {@link #of} and change what differs with the {@code withX} methods.
 *
 * @param name unique within a supervisor; stands in messages
 * @param command the program, by path or looked up in the worker's {@code PATH}, and its arguments, passed as they are
 * @param environment the worker's own variables: the place for secrets, which arguments are not
 * @param clearEnvironment whether nothing but {@code PATH HOME LANG TZ} of this JVM's environment is passed on
 * @param directory the working directory
 * @param user whom to run as; only for callers that are root. {@code HOME} is then not passed on
 * @param ready what makes a running worker {@link WorkerState#READY}; without it, running is enough
 * @param parentDeathSignal what a worker gets when this JVM dies without stopping it; unless {@code KILL}, it has the stop
 *     timeout to end, then its group is killed
 */
public record PoolSpec(
        String name,
        List<String> command,
        LogSpec log,
        int replicas,
        Map<String, String> environment,
        boolean clearEnvironment,
        Path directory,
        Optional<String> user,
        StopPolicy stop,
        RestartPolicy restart,
        Optional<ReadyCheck> ready,
        String parentDeathSignal) {

    private static final Predicate<String> NAME =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,63}").asMatchPredicate();
    private static final Predicate<String> USER =
            Pattern.compile("[A-Za-z_][A-Za-z0-9._-]{0,31}").asMatchPredicate();
    /** A shell passes on no variable whose name it could not itself hold. */
    private static final Predicate<String> VARIABLE =
            Pattern.compile("[A-Za-z_][A-Za-z0-9_]*").asMatchPredicate();

    private static final int MAX_REPLICAS = 1000;

    public PoolSpec {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        Require.that(NAME.test(name), "pool name", name, "letters, digits and '._/-', at most 64");
        Require.that(!command.isEmpty() && !command.getFirst().isBlank(), "command", command, "name a program");
        Require.that(command.stream().noneMatch(PoolSpec::holdsNul), "command", name, "no argument may hold a NUL");
        Require.that(
                replicas >= 1 && replicas <= MAX_REPLICAS, "number of replicas", replicas, "from 1 to " + MAX_REPLICAS);
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            Require.that(VARIABLE.test(variable.getKey()), "variable", variable.getKey(), "letters, digits and '_'");
            Require.that(!holdsNul(variable.getValue()), "value", variable.getKey(), "no value may hold a NUL");
        }
        Require.that(directory.isAbsolute(), "working directory", directory, "the path must be absolute");
        user.ifPresent(it -> Require.that(USER.test(it), "user", it, "letters, digits and '._-', at most 32"));
        Require.signal(parentDeathSignal, "parent-death signal");
    }

    /** One worker that is killed with its parent, in {@code /}, with all else at its default. */
    public static PoolSpec of(String name, List<String> command, Path log) {
        return new PoolSpec(
                name,
                command,
                LogSpec.of(log),
                1,
                Map.of(),
                true,
                Path.of("/"),
                Optional.empty(),
                StopPolicy.DEFAULT,
                RestartPolicy.DEFAULT,
                Optional.empty(),
                "KILL");
    }

    public PoolSpec withLog(LogSpec log) {
        return new PoolSpec(
                name,
                command,
                log,
                replicas,
                environment,
                clearEnvironment,
                directory,
                user,
                stop,
                restart,
                ready,
                parentDeathSignal);
    }

    public PoolSpec withReplicas(int replicas) {
        return new PoolSpec(
                name,
                command,
                log,
                replicas,
                environment,
                clearEnvironment,
                directory,
                user,
                stop,
                restart,
                ready,
                parentDeathSignal);
    }

    public PoolSpec withEnvironment(Map<String, String> environment) {
        return new PoolSpec(
                name,
                command,
                log,
                replicas,
                environment,
                clearEnvironment,
                directory,
                user,
                stop,
                restart,
                ready,
                parentDeathSignal);
    }

    public PoolSpec withClearEnvironment(boolean clearEnvironment) {
        return new PoolSpec(
                name,
                command,
                log,
                replicas,
                environment,
                clearEnvironment,
                directory,
                user,
                stop,
                restart,
                ready,
                parentDeathSignal);
    }

    public PoolSpec withDirectory(Path directory) {
        return new PoolSpec(
                name,
                command,
                log,
                replicas,
                environment,
                clearEnvironment,
                directory,
                user,
                stop,
                restart,
                ready,
                parentDeathSignal);
    }

    public PoolSpec withUser(String user) {
        return new PoolSpec(
                name,
                command,
                log,
                replicas,
                environment,
                clearEnvironment,
                directory,
                Optional.of(user),
                stop,
                restart,
                ready,
                parentDeathSignal);
    }

    public PoolSpec withStop(String signal, Duration timeout) {
        return new PoolSpec(
                name,
                command,
                log,
                replicas,
                environment,
                clearEnvironment,
                directory,
                user,
                new StopPolicy(signal, timeout),
                restart,
                ready,
                parentDeathSignal);
    }

    public PoolSpec withRestart(RestartPolicy restart) {
        return new PoolSpec(
                name,
                command,
                log,
                replicas,
                environment,
                clearEnvironment,
                directory,
                user,
                stop,
                restart,
                ready,
                parentDeathSignal);
    }

    public PoolSpec withReady(ReadyCheck ready) {
        return new PoolSpec(
                name,
                command,
                log,
                replicas,
                environment,
                clearEnvironment,
                directory,
                user,
                stop,
                restart,
                Optional.of(ready),
                parentDeathSignal);
    }

    public PoolSpec withParentDeathSignal(String parentDeathSignal) {
        return new PoolSpec(
                name,
                command,
                log,
                replicas,
                environment,
                clearEnvironment,
                directory,
                user,
                stop,
                restart,
                ready,
                parentDeathSignal);
    }

    /** Names the variables and keeps their values to itself: they may be secrets. */
    @Override
    public String toString() {
        return "PoolSpec[%s x%d: %s, environment %s, directory %s, user %s, %s, %s, %s, %s, parent death %s]"
                .formatted(
                        name,
                        replicas,
                        command,
                        environment.keySet().stream().sorted().toList(),
                        directory,
                        user.orElse("unchanged"),
                        stop,
                        restart,
                        ready.map(ReadyCheck::toString).orElse("no ready check"),
                        log,
                        parentDeathSignal);
    }

    private static boolean holdsNul(String text) {
        return text.indexOf('\0') >= 0;
    }
}

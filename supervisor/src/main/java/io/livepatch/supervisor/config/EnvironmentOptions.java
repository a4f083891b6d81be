package io.livepatch.supervisor.config;

import io.livepatch.common.config.Option;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.config.PoolText.Cpus;
import io.livepatch.supervisor.config.PoolText.DeathSignal;
import io.livepatch.supervisor.config.PoolText.Umask;
import io.livepatch.supervisor.config.PoolText.User;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The keys of a pool about the environment of its workers; all of them ours. */
record EnvironmentOptions(
        @Option(
                value = "variables of the workers; `${NAME}` and `${NAME:-otherwise}` stand for the supervisor's own",
                secret = true,
                expected = "names and values; \"\" is an empty one, \"${NAME}\" one of the supervisor's own")
        Map<String, String> env,

        @Option(
                value = "more variables, as lines of `NAME=value`; `env` overrides them",
                expected = "a file of NAME=value lines")
        Optional<Path> envFile,

        @Option(
                value = "whether of the supervisor's variables only `PATH HOME LANG TZ` are inherited",
                byDefault = "false",
                expected = "true or false, without quotes")
        boolean clearEnv,

        @Option(value = "the working directory", byDefault = ".", expected = "a directory")
        Path cwd,

        @Option(
                value = "the user that the workers run as; needs root",
                expected = "letters, digits and '._-', at most 32")
        Optional<User> user,

        @Option(value = "the umask of the workers", expected = "three octal digits, such as 027")
        Optional<Umask> umask,

        @Option(value = "the niceness of the workers; below 0 needs root", min = "-20", max = "19")
        Optional<Integer> nice,

        @Option(value = "the processors that the workers may use", expected = "numbers and ranges, such as 0,2-3")
        Optional<Cpus> cpus,

        @Option(
                value = "the signal that a worker gets if the supervisor itself is killed",
                byDefault = "KILL",
                expected = PoolOptions.SIGNAL)
        DeathSignal parentDeathSignal) {

    /** What the workers start with; without the variables that are reported as problems. */
    ProcessEnvironment surroundings(WorkerVariables variables) {
        return new ProcessEnvironment(
                variables.read(envFile, env),
                clearEnv,
                cwd,
                user.map(User::text),
                umask.map(Umask::text),
                nice.stream().mapToInt(it -> it).findFirst(),
                cpus.map(Cpus::text),
                parentDeathSignal.text());
    }
}

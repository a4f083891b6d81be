package io.livepatch.supervisor.config;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ProcessEnvironment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Checks that a worker's program, directory and user exist, in the way in which its start will look for them. */
record ProgramCheck(Diagnostic.Collector diagnostics, HostFacts host) {

    void check(PoolSpec spec) {
        ProcessEnvironment around = spec.surroundings();
        if (!Files.isDirectory(around.directory())) {
            diagnostics.error(spec, "cwd", "the directory '%s' is not there".formatted(around.directory()));
        } else {
            checkProgram(spec, around);
        }
        around.user().ifPresent(user -> checkUser(spec, user));
        if (around.nice().orElse(0) < 0 && !host.isRoot()) {
            diagnostics.error(
                    spec, "nice", "only root may serve a worker first, and this is '%s'".formatted(host.user()));
        }
    }

    private void checkProgram(PoolSpec spec, ProcessEnvironment around) {
        String name = spec.command().getFirst();
        if (name.contains("/")) {
            Path program = around.directory().resolve(name);
            if (!Files.exists(program)) {
                diagnostics.error(spec, "exec", "'%s' is not there; is it installed?".formatted(program));
            } else if (!isExecutable(program)) {
                diagnostics.error(spec, "exec", "'%s' is not an executable file; see its mode".formatted(program));
            }
            return;
        }
        String path =
                around.environment().getOrDefault("PATH", host.environment().getOrDefault("PATH", ""));
        boolean found = Arrays.stream(path.split(":", -1))
                .anyMatch(
                        place -> isExecutable(around.directory().resolve(place).resolve(name)));
        if (!found) {
            diagnostics.error(spec, "exec", "'%s' is nowhere in PATH '%s'; is it installed?".formatted(name, path));
        }
    }

    private static boolean isExecutable(Path program) {
        return Files.isRegularFile(program) && Files.isExecutable(program);
    }

    private void checkUser(PoolSpec spec, String user) {
        if (!host.users().test(user)) {
            diagnostics.error(spec, "user", "there is no user '%s'".formatted(user));
        } else if (!host.isRoot() && !user.equals(host.user())) {
            diagnostics.error(
                    spec, "user", "only root may start it as '%s', and this is '%s'".formatted(user, host.user()));
        }
    }
}

package io.livepatch.supervisor.config;

import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Surroundings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** That a worker's program, directory and user are there, looked for as its start will look for them. */
record ProgramCheck(Findings findings, Machine machine) {

    void look(PoolSpec spec) {
        Surroundings around = spec.surroundings();
        if (!Files.isDirectory(around.directory())) {
            findings.error(spec, "cwd", "the directory '%s' is not there".formatted(around.directory()));
        } else {
            lookAtProgram(spec, around);
        }
        around.user().ifPresent(user -> lookAtUser(spec, user));
        if (around.nice().orElse(0) < 0 && !machine.isRoot()) {
            findings.error(
                    spec, "nice", "only root may serve a worker first, and this is '%s'".formatted(machine.user()));
        }
    }

    private void lookAtProgram(PoolSpec spec, Surroundings around) {
        String name = spec.command().getFirst();
        if (name.contains("/")) {
            Path program = around.directory().resolve(name);
            if (!Files.exists(program)) {
                findings.error(spec, "exec", "'%s' is not there; is it installed?".formatted(program));
            } else if (!isExecutable(program)) {
                findings.error(spec, "exec", "'%s' is not an executable file; see its mode".formatted(program));
            }
            return;
        }
        String path =
                around.environment().getOrDefault("PATH", machine.environment().getOrDefault("PATH", ""));
        boolean found = Arrays.stream(path.split(":", -1))
                .anyMatch(
                        place -> isExecutable(around.directory().resolve(place).resolve(name)));
        if (!found) {
            findings.error(spec, "exec", "'%s' is nowhere in PATH '%s'; is it installed?".formatted(name, path));
        }
    }

    private static boolean isExecutable(Path program) {
        return Files.isRegularFile(program) && Files.isExecutable(program);
    }

    private void lookAtUser(PoolSpec spec, String user) {
        if (!machine.users().test(user)) {
            findings.error(spec, "user", "there is no user '%s'".formatted(user));
        } else if (!machine.isRoot() && !user.equals(machine.user())) {
            findings.error(
                    spec, "user", "only root may start it as '%s', and this is '%s'".formatted(user, machine.user()));
        }
    }
}

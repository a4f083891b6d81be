package io.livepatch.supervisor.cli;

import io.livepatch.common.config.ConfigException;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.admin.AdminSettings;
import io.livepatch.supervisor.admin.Backstage;
import io.livepatch.supervisor.admin.PoolChange;
import io.livepatch.supervisor.admin.Timeline;
import io.livepatch.supervisor.config.Explain;
import io.livepatch.supervisor.config.SupervisorFile;
import io.livepatch.supervisor.config.SupervisorOptions;
import io.livepatch.supervisor.metrics.SupervisorMetrics;
import io.livepatch.supervisor.output.Line;
import io.livepatch.supervisor.output.Outputs;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What the admin endpoint shows and does, by what this supervisor is made of. */
record Stage(Desk desk, Outputs outputs, SharedPorts ports, SupervisorMetrics metrics, Timeline timeline, Ending ending)
        implements Backstage {

    /**
     * The endpoint's settings, with the token read from its file.
     *
     * @throws SupervisorException.InvalidSpec when that cannot be read
     */
    static AdminSettings settings(SupervisorOptions.Admin admin) {
        Optional<String> token = admin.tokenFile().map(file -> {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new SupervisorException.InvalidSpec(
                        "cannot read the admin token from '%s': %s".formatted(file, e.getMessage()));
            }
        });
        return new AdminSettings(admin.host(), admin.port(), token);
    }

    @Override
    public List<Pool> pools() {
        return desk.pools();
    }

    @Override
    public OptionalInt desiredHealthyPercentage(String pool) {
        return desk.settings(pool).flatMap(settings -> settings.desiredHealthyPercentage()).stream()
                .mapToInt(it -> it)
                .findFirst();
    }

    @Override
    public PoolSpec parse(String pool, String text) {
        try {
            return SupervisorFile.readPool(pool, text);
        } catch (ConfigException e) {
            throw new SupervisorException.InvalidSpec(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public List<PoolChange> reload(boolean dryRun) {
        return desk.reload(dryRun);
    }

    @Override
    public Optional<String> shutdown() {
        return ending.why().map(why -> {
            long left = desk.pools().stream()
                    .flatMap(pool -> pool.workers().stream())
                    .filter(worker -> worker.state().present())
                    .count();
            return "%s; workers left: %d".formatted(why, left);
        });
    }

    @Override
    public String explain() {
        return Explain.of(desk.config(), 1);
    }

    @Override
    public Optional<Spread> spread(String pool) {
        return ports.advice(pool).map(advice -> new Spread(ports.imbalance(pool), advice));
    }

    @Override
    public Optional<String> complaint(String worker) {
        return ports.complaint(worker);
    }

    @Override
    public List<Line> output(String worker) {
        return outputs.recent(worker);
    }
}

package io.livepatch.supervisor.cli;

import io.livepatch.common.config.ConfigException;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.admin.AdminOperations;
import io.livepatch.supervisor.admin.AdminSettings;
import io.livepatch.supervisor.admin.EventHistory;
import io.livepatch.supervisor.admin.PoolChange;
import io.livepatch.supervisor.config.Explanation;
import io.livepatch.supervisor.config.SupervisorConfig;
import io.livepatch.supervisor.config.SupervisorConfig.PoolSettings;
import io.livepatch.supervisor.config.SupervisorOptions;
import io.livepatch.supervisor.metrics.SupervisorMetrics;
import io.livepatch.supervisor.output.Line;
import io.livepatch.supervisor.output.OutputFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The operations of the admin endpoint on this supervisor. */
record SupervisorAdminOperations(
        PoolRegistry registry,
        OutputFactory outputs,
        PortSharingMonitor ports,
        SupervisorMetrics metrics,
        EventHistory history,
        ShutdownRequest request)
        implements AdminOperations {

    /**
     * The settings of the endpoint, with the token read from its file.
     *
     * @throws SupervisorException.InvalidSpec if the file cannot be read
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
        return registry.pools();
    }

    @Override
    public OptionalInt desiredHealthyPercentage(String pool) {
        return registry.settings(pool).flatMap(PoolSettings::desiredHealthyPercentage).stream()
                .mapToInt(it -> it)
                .findFirst();
    }

    @Override
    public PoolSpec parse(String pool, String text) {
        try {
            return SupervisorConfig.readPool(pool, text);
        } catch (ConfigException e) {
            throw new SupervisorException.InvalidSpec(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public List<PoolChange> reload(boolean dryRun) {
        return registry.reload(dryRun);
    }

    @Override
    public Optional<String> shutdown() {
        return request.reason()
                .map(why ->
                        "%s; workers left: %d".formatted(why, registry.present().size()));
    }

    @Override
    public String explain() {
        return Explanation.of(registry.config(), 1);
    }

    @Override
    public Optional<Spread> spread(String pool) {
        return ports.advice(pool).map(advice -> new Spread(ports.imbalance(pool), advice));
    }

    @Override
    public Optional<String> sharingProblem(String worker) {
        return ports.problem(worker);
    }

    @Override
    public List<Line> output(String worker) {
        return outputs.recent(worker);
    }
}

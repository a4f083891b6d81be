package io.livepatch.server;

import io.livepatch.common.config.ConfigException;
import io.livepatch.common.config.OptionTable;
import io.livepatch.server.config.ConfigFile;
import io.livepatch.server.config.ConfigFile.Version;
import io.livepatch.server.config.UnitConfig;
import io.livepatch.server.health.HealthRoutes;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Metrics.Reload;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again on request, and applies the options that can change while the unit runs.
 *
 * <pre>
 * request ─▶ read, validate ─┬─ invalid ─▶ REFUSED, with all problems
 *                            └─ valid ─┬─ the unit works, and would not with it ─▶ POSTPONED: tried again every two seconds
 *                                      └─ otherwise ─▶ APPLIED; options that need a restart are named
 * </pre>
 *
 * A configuration that is refused or postponed changes nothing. Its own thread serves the requests one after another; those that arrive
 * during a reload are served by one more, so what was written before a request is read. Requests before {@link #start} wait for it.
 */
final class ConfigReloader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigReloader.class);
    /** Between two attempts to apply a postponed configuration. */
    private static final Duration RETRY_PERIOD = Duration.ofSeconds(2);
    /** Longer than the attempts to reach two hosts of a new database. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final ConfigFile.Source source;
    private final UnitConfig started;
    private final Semaphore requests;
    private final Metrics metrics;
    private final InstantSource clock;
    private volatile State state;
    private volatile boolean closing;
    private @Nullable Thread thread;

    /** The parts of a unit that take new values. */
    interface Target {
        /**
         * Why the unit, which works now, would not work with this configuration; empty if it would, or does not work anyway. May wait for
         * the network for a few seconds.
         */
        Optional<String> obstacle(UnitConfig next);

        /** Applies the live options; does not wait. */
        void apply(UnitConfig next);
    }

    /** What is in effect since when, and how the last reload ended. */
    private record State(
            Version inEffect, Instant since, List<String> needsRestart, Optional<HealthRoutes.LastReload> last) {
        State with(HealthRoutes.LastReload reload) {
            return new State(inEffect, since, needsRestart, Optional.of(reload));
        }
    }

    /**
     * Starts nothing.
     *
     * @param started the configuration with which the unit starts
     * @param requests a permit is a request
     */
    ConfigReloader(
            ConfigFile.Source source, Version started, Semaphore requests, Metrics metrics, InstantSource clock) {
        this.source = source;
        this.started = started.config();
        this.requests = requests;
        this.metrics = metrics;
        this.clock = clock;
        this.state = new State(started, clock.instant(), List.of(), Optional.empty());
        metrics.gauge(
                "config_last_reload_success_timestamp_seconds",
                "When the configuration in effect was applied: at the start, or by the last reload that was not refused.",
                () -> state.since.toEpochMilli() / 1e3);
    }

    /** Serves the requests, with these parts. */
    synchronized void start(Target target) {
        Thread reloads = Thread.ofPlatform().daemon().name("config-reload").unstarted(() -> run(target));
        thread = reloads;
        reloads.start();
    }

    /** The configuration in effect. Only its live options are: others are those of the start. */
    UnitConfig config() {
        return state.inEffect.config();
    }

    /** For {@code /debug/info}. */
    HealthRoutes.Configuration status() {
        State now = state;
        return new HealthRoutes.Configuration(now.inEffect.modified(), now.since, now.needsRestart, now.last);
    }

    /** Why the configuration file is not in effect; empty if it is, as of the last request. */
    Optional<String> problem() {
        State now = state;
        return now.last
                .flatMap(HealthRoutes.LastReload::problem)
                .or(() -> now.needsRestart.isEmpty()
                        ? Optional.empty()
                        : Optional.of("restart the unit: " + String.join(", ", now.needsRestart) + " changed"));
    }

    private void run(Target target) {
        Optional<Version> postponed = Optional.empty();
        try {
            while (true) {
                boolean requested = await(postponed.isPresent());
                if (closing) {
                    return;
                }
                Optional<Version> next = requested ? read() : postponed;
                postponed = next.filter(version -> isPostponed(version, target));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for requests, and serves all of them at once; returns false if it is time to try a postponed configuration again. */
    private boolean await(boolean postponed) throws InterruptedException {
        if (postponed) {
            boolean requested = requests.tryAcquire(RETRY_PERIOD.toMillis(), TimeUnit.MILLISECONDS);
            return requests.drainPermits() > 0 || requested;
        }
        requests.acquire();
        requests.drainPermits();
        return true;
    }

    private Optional<Version> read() {
        // Before the read, so that a file that is replaced meanwhile has a later time than the one that is reported.
        Optional<Instant> modified = source.modified();
        try {
            return Optional.of(new Version(source.read(), modified));
        } catch (ConfigException e) {
            refuse(modified, e);
            return Optional.empty();
        }
    }

    private void refuse(Optional<Instant> modified, RuntimeException cause) {
        LOG.error("the previous configuration stays in effect: {}", cause.getMessage());
        ended(state, Reload.REFUSED, modified, Optional.of(String.valueOf(cause.getMessage())));
    }

    /** Applies a configuration, or returns true if that must wait. */
    private boolean isPostponed(Version next, Target target) {
        try {
            Optional<String> obstacle = target.obstacle(next.config());
            if (obstacle.isPresent()) {
                postpone(next, obstacle.get());
                return true;
            }
            target.apply(next.config());
            applied(next);
        } catch (RuntimeException e) {
            LOG.debug("could not apply a configuration", e);
            refuse(next.modified(), e);
        }
        return false;
    }

    private void postpone(Version next, String obstacle) {
        String problem = "the previous configuration stays in effect until the new one works: " + obstacle;
        boolean known = state.last
                .flatMap(HealthRoutes.LastReload::problem)
                .filter(problem::equals)
                .isPresent();
        if (!known) {
            LOG.warn("{}", problem);
        }
        ended(state, Reload.POSTPONED, next.modified(), Optional.of(problem));
    }

    private void applied(Version next) {
        List<String> changed = keys(state.inEffect.config(), next.config(), true);
        List<String> needsRestart = keys(started, next.config(), false);
        LOG.info(
                "configuration reloaded; changed options: {}", changed.isEmpty() ? "none" : String.join(", ", changed));
        if (!needsRestart.isEmpty()) {
            LOG.warn("options that changed since the start and need a restart: {}", String.join(", ", needsRestart));
        }
        State now = new State(next, clock.instant(), needsRestart, Optional.empty());
        ended(now, Reload.APPLIED, next.modified(), Optional.empty());
    }

    private static List<String> keys(UnitConfig before, UnitConfig after, boolean live) {
        return ConfigFile.changed(before, after).stream()
                .filter(row -> row.option().live() == live)
                .map(OptionTable.Row::path)
                .toList();
    }

    private void ended(State now, Reload result, Optional<Instant> modified, Optional<String> problem) {
        metrics.configReload(result);
        String word = result.name().toLowerCase(Locale.ROOT);
        state = now.with(new HealthRoutes.LastReload(word, modified, clock.instant(), problem));
    }

    /** Serves no more requests, and waits for one that is being served. */
    @Override
    public void close() {
        closing = true;
        requests.release();
        Thread running;
        synchronized (this) {
            running = thread;
        }
        try {
            if (running != null && !running.join(CLOSE_TIMEOUT)) {
                LOG.warn("a reload of the configuration did not end within {}", CLOSE_TIMEOUT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package io.livepatch.supervisor.cli;

import io.livepatch.common.cli.Signals;
import io.livepatch.supervisor.admin.AdminServer;
import io.livepatch.supervisor.admin.Timeline;
import io.livepatch.supervisor.config.Diagnostic;
import io.livepatch.supervisor.config.SupervisorConfig;
import io.livepatch.supervisor.engine.Supervisor;
import io.livepatch.supervisor.metrics.MetricSources;
import io.livepatch.supervisor.metrics.SupervisorMetrics;
import io.livepatch.supervisor.output.Outlet;
import io.livepatch.supervisor.output.OutputLimits;
import io.livepatch.supervisor.output.Outputs;
import io.livepatch.supervisor.process.LinuxMeter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that runs, put together. The admin endpoint is there from before the first worker until after the last one, and the
 * outlets for output longer than anything that writes.
 */
final class Supervision {

    private static final Logger log = LoggerFactory.getLogger(Supervision.class);

    /** How long the news of an end may take; only a stalled machine takes longer. */
    private static final Duration NEWS = Duration.ofSeconds(5);

    private Supervision() {}

    /** Runs until it is to end; answers an {@link ExitCode}. */
    static int run(Path file, SupervisorConfig config, List<Diagnostic> diagnostics, Ending ending) {
        InstantSource clock = InstantSource.system();
        PrintStream stderr = System.err;
        try (Outlet out = Outlet.standardOutput(Outlet.DEFAULT_BACKLOG, clock);
                Outlet err = Outlet.standardError(Outlet.DEFAULT_BACKLOG, clock)) {
            out.start();
            err.start();
            // A reader that stands still must not stall whoever logs.
            System.setErr(new PrintStream(err.stream(), true, StandardCharsets.UTF_8));
            diagnostics.forEach(diagnostic -> log.warn("{}: {}", diagnostic.key(), diagnostic.what()));
            return run(file, config, new Outputs(out, err, OutputLimits.DEFAULT, clock), clock, ending);
        } finally {
            System.setErr(stderr);
        }
    }

    private static int run(Path file, SupervisorConfig config, Outputs outputs, InstantSource clock, Ending ending) {
        Desk desk = new Desk(file, config);
        Supervisor supervisor =
                Supervisor.start(outputs, new Supervisor.Proxies(Balancers.provider(), desk::balancerDirectory));
        ShutdownTally tally = new ShutdownTally(clock);
        Timeline timeline = new Timeline(clock);
        SharedPorts ports = new SharedPorts(desk::pools);
        SupervisorMetrics metrics = metrics(desk, outputs, ports, ending);
        desk.open(supervisor, List.of(metrics, timeline, tally, new GiveUps(desk, ending)));
        Stage stage = new Stage(desk, outputs, ports, metrics, timeline, ending);
        try (AdminServer admin = AdminServer.start(Stage.settings(config.admin()), stage)) {
            log.info(
                    "admin endpoint at http://{}:{}",
                    admin.address().getAddress().getHostAddress(),
                    admin.address().getPort());
            supervisor.remarks().forEach(log::warn);
            ending.onHurry(supervisor::hurry);
            Signals.onReload(() -> Thread.ofVirtual().name("reload").start(desk::reloadAndTell));
            if (!ending.begun()) {
                desk.runAll();
            }
            ports.start();
            ending.await();
            ports.close();
            return end(supervisor, desk, tally, ending);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            supervisor.close(Duration.ZERO);
            return ExitCode.DEFECT;
        } catch (RuntimeException e) {
            supervisor.close();
            throw e;
        }
    }

    private static SupervisorMetrics metrics(Desk desk, Outputs outputs, SharedPorts ports, Ending ending) {
        LinuxMeter meter = LinuxMeter.create();
        MetricSources sources = new MetricSources(
                desk::pools,
                meter::figures,
                outputs::counts,
                ports::imbalance,
                status -> status.outOfMemory().isPresent(),
                ending::asked,
                ending::begun);
        return SupervisorMetrics.of(sources, Version.text());
    }

    private static int end(Supervisor supervisor, Desk desk, ShutdownTally tally, Ending ending)
            throws InterruptedException {
        boolean givenUp = desk.anyGivenUp();
        Duration deadline = desk.config().shutdownDeadline();
        log.info("ending ({}): all pools at once, at most {} s", ending.why().orElse(""), deadline.toSeconds());
        tally.begin();
        Set<String> present = desk.present();
        supervisor.close(deadline);
        tally.await(present, NEWS);
        log.info("ended: {}", tally.summary());
        if (givenUp) {
            return ExitCode.GIVEN_UP;
        }
        return tally.killed() > 0 ? ExitCode.KILLED : ExitCode.WELL;
    }
}

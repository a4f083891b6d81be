package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.InvalidModelException;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Server;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the servers of the running worker through its runtime API, without a reload, and can roll the change back.
 *
 * <p>The worker's servers are read each time instead of remembered. So if a process was killed in the middle of an update, the next
 * update sees the difference that remains and completes it.
 */
final class RuntimeUpdate {
    private static final Logger LOG = LoggerFactory.getLogger(RuntimeUpdate.class);

    /**
     * How long the removed servers may take to finish their requests. After that haproxy is reloaded instead: the old worker
     * finishes these requests while the new worker takes all others.
     */
    private static final Duration REMOVAL_TIMEOUT = Duration.ofSeconds(5);

    private final RuntimeSocket worker;
    private final LoadBalancer desired;
    private final List<RunningServer> before;
    private final ServerDiff diff;

    private RuntimeUpdate(RuntimeSocket worker, LoadBalancer desired, List<RunningServer> before, ServerDiff diff) {
        this.worker = worker;
        this.desired = desired;
        this.before = before;
        this.diff = diff;
    }

    /** Compares the running worker with the desired model, whose configuration is {@code text}; changes nothing. */
    static RuntimeUpdate of(MasterCli master, LoadBalancer desired, String text) {
        RuntimeSocket worker = master.worker();
        if (!master.hasFrame(text)) {
            return new RuntimeUpdate(
                    worker, desired, List.of(), new ServerDiff.NeedsReload("more than the servers differs"));
        }
        try {
            List<RunningServer> before = servers(worker);
            return new RuntimeUpdate(worker, desired, before, ServerDiff.between(before, desired));
        } catch (InvalidModelException | HaproxyException.CommandRefused e) {
            String reason = "the running servers cannot be read: " + e.getMessage();
            return new RuntimeUpdate(worker, desired, List.of(), new ServerDiff.NeedsReload(reason));
        }
    }

    /** Whether the worker already has the desired servers. */
    boolean isEmpty() {
        return diff instanceof ServerDiff.Commands(List<RuntimeCommand> commands) && commands.isEmpty();
    }

    /** Sends the commands; empty if the change needs a reload, possibly after some commands were executed. */
    Optional<ApplyResult> run() {
        return switch (diff) {
            case ServerDiff.NeedsReload(String reason) -> {
                LOG.info("the change needs a reload: {}", reason);
                yield Optional.empty();
            }
            case ServerDiff.Commands(List<RuntimeCommand> commands) -> run(commands);
        };
    }

    private Optional<ApplyResult> run(List<RuntimeCommand> commands) {
        long deadline = System.nanoTime() + REMOVAL_TIMEOUT.toNanos();
        try {
            for (RuntimeCommand command : commands) {
                if (!execute(command, deadline)) {
                    LOG.info("the change needs a reload: '{}' still has connections", command.ref());
                    return Optional.empty();
                }
            }
            return Optional.of(new ApplyResult.Updated(
                    commands.stream().map(RuntimeCommand::toString).toList()));
        } catch (HaproxyException.CommandRefused e) {
            LOG.warn("the change needs a reload: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private boolean execute(RuntimeCommand command, long deadline) {
        if (command instanceof RuntimeCommand.Delete(Server.Ref server)) {
            return worker.delete(server, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        }
        worker.execute(command);
        return true;
    }

    /** Restores the servers that the worker had before; the answer lists what could not be restored. */
    List<String> rollBack() {
        if (diff instanceof ServerDiff.NeedsReload) {
            return List.of();
        }
        try {
            return switch (ServerDiff.between(servers(worker), modelBefore())) {
                case ServerDiff.NeedsReload(String reason) -> List.of("the servers are not restored: " + reason);
                case ServerDiff.Commands(List<RuntimeCommand> commands) ->
                    run(commands).isPresent()
                            ? List.of()
                            : List.of("the servers are not restored, not all of these was done: " + commands);
            };
        } catch (HaproxyException | InvalidModelException e) {
            return List.of("the servers are not restored: " + e.getMessage());
        }
    }

    private LoadBalancer modelBefore() {
        return desired.withBackends(desired.backends().stream()
                .map(backend -> backend.withServers(before.stream()
                        .filter(server -> server.ref().backend().equals(backend.name()) && server.fitsModel())
                        .map(RunningServer::asServer)
                        .toList()))
                .toList());
    }

    private static List<RunningServer> servers(RuntimeSocket worker) {
        return RunningServer.read(worker.send("show stat"), worker.send("show servers state"));
    }
}

package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.process.Processes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The present process of a worker, if there is one, and the signals to it. Confined to the loop. */
final class WorkerProcess {

    private Processes.@Nullable Running running;
    /** The signal that the process gets once it is ready, see {@code Pool.reload}. */
    private Optional<String> reloadWhenReady = Optional.empty();

    boolean present() {
        return running != null;
    }

    /** Another process is being started. */
    void starting() {
        reloadWhenReady = Optional.empty();
    }

    void launched(Processes.Running process) {
        running = process;
    }

    void ended() {
        running = null;
    }

    void signal(String name) {
        if (running != null) {
            running.signal(name);
        }
    }

    void terminate(String signal) {
        if (running != null) {
            running.terminate(signal);
        }
    }

    /** Returns whether there was a process. */
    boolean kill() {
        if (running != null) {
            running.kill();
        }
        return present();
    }

    /** Signals a process that was ready before, and keeps the signal for one that was not. */
    void reload(String signal, Worker worker) {
        switch (worker.state()) {
            case STARTING, RUNNING, READY, DRAINING -> {
                reloadWhenReady = Optional.of(signal);
                if (worker.run().readyAt().isPresent()) {
                    ready();
                }
            }
            // No process, or one that reads nothing any more.
            case STOPPING, BACKING_OFF, FAILED, STOPPED -> {}
        }
    }

    void ready() {
        if (running != null) {
            reloadWhenReady.ifPresent(running::signalLeader);
        }
        reloadWhenReady = Optional.empty();
    }
}

package io.livepatch.supervisor.process;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.WorkerOutput;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/** Starts and controls processes; simulated in tests. Calls do not block; the watcher is called on any thread. */
public interface Processes {

    /** Starts a process. Calls {@code failed}, or {@code launched} and later {@code exited}, of the watcher. */
    void launch(Start start, Watcher watcher);

    /**
     * The parameters of a process.
     *
     * @param label the name in messages and thread names
     * @param environment all variables, including those of {@code surroundings}
     * @param hardMemory bytes at which the kernel kills, where a cgroup can be made
     * @param hardOpenFiles its {@code RLIMIT_NOFILE}
     * @param parentDeathGrace the time between a parent-death signal other than KILL and KILL
     * @param contained whether it gets a cgroup, where one can be made. Not for check commands: the kernel keeps a removed cgroup
     *     as long as a page is charged to it
     */
    record Start(
            String label,
            List<String> command,
            Map<String, String> environment,
            ProcessEnvironment surroundings,
            OptionalLong hardMemory,
            OptionalInt hardOpenFiles,
            Duration parentDeathGrace,
            WorkerOutput output,
            boolean contained) {

        /** A short-lived command in the same process environment. */
        public Start withCommand(
                String otherLabel, List<String> otherCommand, Duration timeout, WorkerOutput otherOutput) {
            return new Start(
                    otherLabel,
                    otherCommand,
                    environment,
                    surroundings.withParentDeathSignal("KILL"),
                    OptionalLong.empty(),
                    OptionalInt.empty(),
                    timeout,
                    otherOutput,
                    false);
        }
    }

    /** Receives the events of one process. */
    interface Watcher {
        void launched(Running process);

        void failed(String why);

        /** The process and all others of its session and cgroup have ended. */
        void exited(ExitStatus status);
    }

    /** A launched process; calls have no effect after its end. */
    interface Running {
        long pid();

        /** Sends a signal to the process group. */
        void signal(String name);

        /** Sends a signal to the process alone. */
        void signalLeader(String name);

        /** Sends a signal and CONT to the process group; descendants may outlive the leader until {@link #kill}. */
        void terminate(String signal);

        /** Kills all processes of the session and the cgroup. */
        void kill();
    }

    /** A process cannot be started; the message becomes the worker's problem. */
    final class CannotStartException extends Exception {

        private static final long serialVersionUID = 1L;

        public CannotStartException(String message) {
            super(message);
        }

        CannotStartException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Measures the resource usage of processes; simulated in tests. */
    @FunctionalInterface
    interface UsageReader {

        /**
         * Measures these sessions without blocking and answers once, on any thread. Sessions that have ended are missing; requests are
         * not counted.
         */
        void measure(Set<Long> sessions, Consumer<Map<Long, ResourceUsage>> answer);
    }
}

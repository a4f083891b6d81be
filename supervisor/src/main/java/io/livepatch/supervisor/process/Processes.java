package io.livepatch.supervisor.process;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.WorkerOutput;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The seam to the operating system. Calls return at once; answers come on any thread. */
public interface Processes {

    /** Starts a process. {@code watcher} hears {@code failed}, or {@code launched} and then, once, {@code exited}. */
    void launch(Start start, Watcher watcher);

    /**
     * What to start.
     *
     * @param label names it in messages and thread names
     * @param environment all variables that it gets; those of {@code surroundings} are in it
     * @param hardMemory bytes at which the kernel kills, where a cgroup can be made
     * @param hardOpenFiles its {@code RLIMIT_NOFILE}
     * @param parentDeathGrace how long it may live after a parent-death signal other than KILL
     * @param contained whether it gets a cgroup, where one can be made: what lives long does, what is run every second does not,
     *     since the kernel keeps what it knows of a group for as long as a page is charged to it
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

        /** Of a worker. */
        public Start(
                String label,
                List<String> command,
                Map<String, String> environment,
                ProcessEnvironment surroundings,
                OptionalLong hardMemory,
                OptionalInt hardOpenFiles,
                Duration parentDeathGrace,
                WorkerOutput output) {
            this(label, command, environment, surroundings, hardMemory, hardOpenFiles, parentDeathGrace, output, true);
        }

        /** The same surroundings for another command, which is soon over, and whose output goes elsewhere. */
        public Start of(String otherLabel, List<String> otherCommand, Duration grace, WorkerOutput otherOutput) {
            return new Start(
                    otherLabel,
                    otherCommand,
                    environment,
                    surroundings.withParentDeathSignal("KILL"),
                    OptionalLong.empty(),
                    OptionalInt.empty(),
                    grace,
                    otherOutput,
                    false);
        }
    }

    /** Hears how it goes. */
    interface Watcher {
        void launched(Running process);

        /** There is no process; {@code why} is for the person on call. */
        void failed(String why);

        /** The process and everything left in its session, and in its cgroup where it had one, are gone. */
        void exited(ExitStatus status);
    }

    /** A process that was launched; all calls are harmless when it is gone. */
    interface Running {
        long pid();

        /** To the whole group. */
        void signal(String name);

        /** To the whole group, and CONT after it, for processes that are stopped; what is left when the leader has ended may go on ending, until {@link #kill}. */
        void terminate(String signal);

        /** KILL, to the whole session and its cgroup, until nothing is left. */
        void kill();
    }

    /** A process cannot be started; the message becomes the worker's problem and never reaches a caller as an exception. */
    final class CannotStartException extends Exception {

        private static final long serialVersionUID = 1L;

        private final String why;

        public CannotStartException(String why) {
            super(why);
            this.why = why;
        }

        public CannotStartException(String why, Throwable cause) {
            super(why, cause);
            this.why = why;
        }

        /** For the person on call. */
        public String why() {
            return why;
        }
    }
}

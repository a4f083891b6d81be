package io.livepatch.supervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The seam to the operating system. Calls return at once; answers come on any thread. */
interface Processes {

    /** Starts a process. {@code watcher} hears {@code failed}, or {@code launched} and then, once, {@code exited}. */
    void launch(Start start, Watcher watcher);

    /**
     * What to start.
     *
     * @param label names it in messages and thread names
     * @param environment all variables that it gets
     * @param parentDeathGrace how long it may live after a parent-death signal other than KILL
     */
    record Start(
            String label,
            List<String> command,
            Map<String, String> environment,
            Path directory,
            Optional<String> user,
            String parentDeathSignal,
            Duration parentDeathGrace,
            Output output) {}

    /** Hears how it goes. */
    interface Watcher {
        void launched(Running process);

        /** There is no process; {@code why} is for the person on call. */
        void failed(String why);

        /** The process and everything left in its session are gone. */
        void exited(ExitStatus status);
    }

    /** A process that was launched; all calls are harmless when it is gone. */
    interface Running {
        long pid();

        /** To the whole group. */
        void signal(String name);

        /** To the whole group; what is left when the leader has ended may go on ending, until {@link #kill}. */
        void terminate(String signal);

        /** KILL, to the whole session, until nothing is left. */
        void kill();
    }

    /** Takes what a process writes. Must not throw; may block, which stalls nobody but that process. */
    @FunctionalInterface
    interface Output {
        void write(byte[] bytes, int length);
    }
}

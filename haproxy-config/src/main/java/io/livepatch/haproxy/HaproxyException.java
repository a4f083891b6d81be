package io.livepatch.haproxy;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What can go wrong between a description and a running haproxy. Each message says what, on what, why, and what now. */
public abstract sealed class HaproxyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private HaproxyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** A record was given values that haproxy, or good sense, would refuse. */
    public static final class InvalidModel extends HaproxyException {
        private static final long serialVersionUID = 1L;
        private final transient List<String> problems;

        InvalidModel(String subject, List<String> problems) {
            super(subject + ": " + String.join("; ", problems), null);
            this.problems = List.copyOf(problems);
        }

        /** Everything that is wrong, one problem an entry. */
        public List<String> problems() {
            return problems;
        }
    }

    /** Nothing answers at the socket. */
    public static final class NotRunning extends HaproxyException {
        private static final long serialVersionUID = 1L;

        NotRunning(Path socket, Throwable cause) {
            super(
                    "no haproxy answers at '" + socket + "' (" + cause.getMessage()
                            + "); it is not running, or runs with another socket",
                    cause);
        }
    }

    /** haproxy answered a command with a complaint. */
    public static final class CommandRefused extends HaproxyException {
        private static final long serialVersionUID = 1L;

        CommandRefused(String command, String answer) {
            super("haproxy refused '" + command + "': " + answer.strip(), null);
        }
    }

    /** A file, a program or a socket did not do its part. */
    public static final class Failed extends HaproxyException {
        private static final long serialVersionUID = 1L;

        Failed(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}

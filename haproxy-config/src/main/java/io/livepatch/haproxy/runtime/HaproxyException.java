package io.livepatch.haproxy.runtime;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A failure to read or change a running haproxy. The message says what failed, on what, why, and what to do. */
public abstract sealed class HaproxyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private HaproxyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** No haproxy answers at the socket. */
    public static final class NotRunning extends HaproxyException {
        private static final long serialVersionUID = 1L;

        NotRunning(Path socket, Throwable cause) {
            super(
                    "no haproxy answers at '" + socket + "' (" + cause.getMessage()
                            + "); it is not running, or runs with another socket",
                    cause);
        }
    }

    /** haproxy answered a command with an error. */
    public static final class CommandRefused extends HaproxyException {
        private static final long serialVersionUID = 1L;

        CommandRefused(String command, String answer) {
            super("haproxy refused '" + command + "': " + answer.strip(), null);
        }
    }

    /** A file cannot be read or written, a program does not end, or an answer has an unknown form. */
    public static final class Failed extends HaproxyException {
        private static final long serialVersionUID = 1L;

        Failed(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}

package io.livepatch.haproxy.runtime;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What can go wrong between a description and a running haproxy. Each message says what, on what, why, and what now. */
public abstract sealed class HaproxyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private HaproxyException(String message, @Nullable Throwable cause) {
        super(message, cause);
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

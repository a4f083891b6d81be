package io.livepatch.server.auth;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Events that somebody who looks for an attack wants to find: key-values {@code type=security event=…}, in the vocabulary of
 * OWASP's logging cheat sheet. Never given a token or a password, nor a name that nobody bears, since people type passwords there.
 */
public final class SecurityLog {
    private static final Logger LOG = LoggerFactory.getLogger("io.livepatch.security");

    private SecurityLog() {}

    /** Something was refused. */
    public static void refused(String event, String description) {
        write(Level.WARN, event, description);
    }

    /** Something was allowed or done. */
    public static void done(String event, String description) {
        write(Level.INFO, event, description);
    }

    private static void write(Level level, String event, String description) {
        LOG.atLevel(level)
                .addKeyValue("type", "security")
                .addKeyValue("event", event)
                .addKeyValue("description", description)
                .log(description);
    }
}

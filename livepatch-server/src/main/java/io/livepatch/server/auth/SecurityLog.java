package io.livepatch.server.auth;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Logs security events as key-values {@code type=security event=… user=… source=… request-id=…}, in the vocabulary of OWASP's logging
 * cheat sheet. {@code user} is the administrator who acts or is concerned; machines' events have none. Never pass a token, a password or an
 * unknown user name: people type passwords into the name field.
 */
public final class SecurityLog {
    private static final Logger LOG = LoggerFactory.getLogger("io.livepatch.security");

    private SecurityLog() {}

    public static void refused(String event, String description) {
        write(Level.WARN, event, description);
    }

    /**
     * @param user a user of the configuration, or {@code unknown}
     */
    static void refusedLogin(String event, String user, String description) {
        about(Level.WARN, event, user, description);
    }

    static void done(String event, String user, String description) {
        about(Level.INFO, event, user, description);
    }

    public static void done(String event, String description) {
        write(Level.INFO, event, description);
    }

    private static void about(Level level, String event, String user, String description) {
        event(level, event, description).addKeyValue("user", user).log(description);
    }

    private static void write(Level level, String event, String description) {
        RequestOrigin.current()
                .user()
                .ifPresentOrElse(
                        user -> about(level, event, user, description),
                        () -> event(level, event, description).log(description));
    }

    private static LoggingEventBuilder event(Level level, String event, String description) {
        RequestOrigin origin = RequestOrigin.current();
        return LOG.atLevel(level)
                .addKeyValue("type", "security")
                .addKeyValue("event", event)
                .addKeyValue("description", description)
                .addKeyValue("source", origin.source().getHostAddress())
                .addKeyValue("request-id", origin.requestId());
    }
}

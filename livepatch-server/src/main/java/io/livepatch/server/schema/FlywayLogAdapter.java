package io.livepatch.server.schema;

import org.flywaydb.core.api.logging.Log;
import org.flywaydb.core.api.logging.LogCreator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs Flyway's messages at debug level, except warnings. Public because Flyway instantiates it by its name. */
public final class FlywayLogAdapter implements LogCreator {
    @Override
    public Log createLogger(Class<?> type) {
        return new DebugLog(LoggerFactory.getLogger(type));
    }

    private record DebugLog(Logger logger) implements Log {
        // The interface still declares it.
        @SuppressWarnings("deprecation")
        @Override
        public boolean isDebugEnabled() {
            return logger.isDebugEnabled();
        }

        @Override
        public void debug(String message) {
            logger.debug(message);
        }

        @Override
        public void info(String message) {
            logger.debug(message);
        }

        @Override
        public void warn(String message) {
            logger.warn(message);
        }

        @Override
        public void error(String message) {
            logger.debug(message);
        }

        @Override
        public void error(String message, @Nullable Exception failure) {
            logger.debug(message, failure);
        }

        @Override
        public void notice(String message) {
            logger.debug(message);
        }
    }
}

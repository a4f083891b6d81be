package io.livepatch.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** Everything that is logged while it is open, at every level. */
public final class Logs implements AutoCloseable {
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.livepatch");
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

    private Logs() {
        appender.start();
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
        logger.addAppender(appender);
    }

    public static Logs capture() {
        return new Logs();
    }

    /** Messages, key-values and the messages of exceptions. */
    public List<String> lines() {
        return List.copyOf(appender.list).stream()
                .flatMap(event -> Stream.of(
                        event.getFormattedMessage(),
                        String.valueOf(event.getKeyValuePairs()),
                        event.getThrowableProxy() == null
                                ? ""
                                : String.valueOf(event.getThrowableProxy().getMessage())))
                .toList();
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        logger.setLevel(null);
        logger.setAdditive(true);
    }
}

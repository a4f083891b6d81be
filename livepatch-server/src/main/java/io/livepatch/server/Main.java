package io.livepatch.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.livepatch.common.cli.Signals;
import io.livepatch.common.cli.Version;
import io.livepatch.common.config.ConfigException;
import io.livepatch.server.config.ConfigFile;
import io.livepatch.server.config.ServerConfig.LogLevel;
import io.livepatch.server.config.UnitConfig;
import io.livepatch.server.placement.StoreFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program: reads the configuration, serves until SIGTERM, ends gracefully; reads it again at SIGHUP. */
@Command(
        name = "livepatch-server",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Serves live patches to machines, as one unit.",
        footer = {
            "",
            "Every key can also be set in the environment: LP_ and the key, upper-case, with _ for . and -.",
            "SIGHUP reads the file again and applies the options that need no restart.",
            "Exit codes: 0 ended as asked, 1 failed, 2 could not start (the message says why)."
        })
public final class Main implements Callable<Integer> {
    private static final int CANNOT_START = 2;
    private static final String STORAGE = "storage";

    @Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = "${env:LIVEPATCH_CONFIG_LOCATION}",
            description = "the configuration, YAML (default: the file that LIVEPATCH_CONFIG_LOCATION names)")
    private @Nullable Path file;

    @Option(names = "--check", description = "check the configuration, and start nothing")
    private boolean check;

    @Option(
            names = "--print-config",
            description = "print the configuration with its defaults, secrets masked, and start nothing")
    private boolean printConfig;

    private final Semaphore reloads;

    private Main(Semaphore reloads) {
        this.reloads = reloads;
    }

    public static void main(String[] arguments) {
        boolean storage = arguments.length > 0 && arguments[0].equals(STORAGE);
        Semaphore reloads = new Semaphore(0);
        if (!storage) {
            // First of all: until there is a handler, SIGHUP ends the JVM.
            Signals.onReload(reloads::release);
        }
        // Jersey and the JDBC driver log to java.util.logging.
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        if (storage) {
            // The answers of commands are on stdout, to which a unit logs. Must be set before the first use of a
            // logger.
            System.setProperty("logback.configurationFile", "logback-tool.xml");
        }
        System.exit(new CommandLine(new Main(reloads))
                .addSubcommand(STORAGE, new StorageCommand(System.getenv(), StoreFactory::new))
                .execute(arguments));
    }

    @Override
    public Integer call() {
        try {
            LivepatchServer.Settings settings =
                    LivepatchServer.Settings.read(new ConfigFile.Source(file, System.getenv()), reloads);
            UnitConfig config = settings.config();
            if (printConfig) {
                System.out.print(ConfigFile.print(config));
            }
            if (check || printConfig) {
                return 0;
            }
            logLevel(config.server().logLevel());
            serve(settings);
            return 0;
        } catch (ConfigException | StartException e) {
            System.err.println("livepatch-server: " + e.getMessage());
            return CANNOT_START;
        }
    }

    static void logLevel(LogLevel level) {
        if (LoggerFactory.getLogger("io.livepatch") instanceof Logger ours) {
            ours.setLevel(Level.toLevel(level.name()));
        }
    }

    private static void serve(LivepatchServer.Settings settings) {
        CountDownLatch stopRequested = new CountDownLatch(1);
        CountDownLatch stopTwice = new CountDownLatch(2);
        AtomicBoolean started = new AtomicBoolean();
        Signals.onTermination(() -> {
            if (!started.get()) {
                // No client is connected yet, and the start may wait for a database.
                System.exit(0);
            }
            stopRequested.countDown();
            stopTwice.countDown();
        });
        try (LivepatchServer server = LivepatchServer.start(settings)) {
            started.set(true);
            stopRequested.await();
            if (server.drain()) {
                awaitDrain(stopTwice, server.drainTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Gives load balancers time to notice that the unit is not ready; a second signal ends the wait. */
    private static void awaitDrain(CountDownLatch stopTwice, Duration drain) throws InterruptedException {
        if (stopTwice.await(drain.toMillis(), TimeUnit.MILLISECONDS)) {
            LoggerFactory.getLogger(Main.class).info("second stop request: not waiting for load balancers");
        }
    }
}

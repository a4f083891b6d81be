package io.livepatch.haproxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One haproxy that somebody else runs (a supervisor, systemd) with {@link #command}, and the file it runs on.
 *
 * <p>Safe for threads; changes are made one after the other. Two programs must not manage one haproxy.
 */
public final class Haproxy {
    private static final Logger LOG = LoggerFactory.getLogger(Haproxy.class);

    private final Path binary;
    private final Path masterSocket;
    private final ConfigFile file;
    private final ConfigCheck check;
    private final Master master;
    private final ReentrantLock oneChange = new ReentrantLock();

    public Haproxy(Path binary, Path configFile, Path masterSocket) {
        new Problems("haproxy '" + configFile + "'")
                .unless(configFile.isAbsolute(), "the configuration file's path is not absolute")
                .unless(
                        Grammar.isSocketPath(masterSocket),
                        "master socket '" + masterSocket + "' is not " + Grammar.PATH_RULE + ", at most "
                                + Grammar.MAX_SOCKET_PATH + " bytes long")
                .throwIfAny();
        this.binary = binary;
        this.masterSocket = masterSocket;
        this.file = new ConfigFile(configFile);
        this.check = new ConfigCheck(binary, configFile);
        this.master = new Master(masterSocket);
    }

    /** What to run, in the foreground. SIGUSR1 ends it gracefully, SIGTERM at once. */
    public List<String> command() {
        return List.of(
                binary.toString(),
                "-W",
                "-S",
                masterSocket + ",mode,600",
                "-f",
                file.path().toString());
    }

    /** Asks haproxy itself whether it would start with this text; changes nothing. */
    public Validation validate(String text) {
        return check.run(text);
    }

    /** Whether the master's socket answers. */
    public boolean running() {
        return master.processes().isPresent();
    }

    /** The worker that serves now. */
    public RuntimeSocket runtime() {
        return RuntimeSocket.ofMaster(masterSocket);
    }

    /**
     * Makes this the configuration, in the file and in the running process, or leaves both as they were.
     *
     * <p>A change is by hitless reload: the old worker finishes what it has, the new one takes over the sockets. States set
     * by {@link RuntimeSocket#setState} end with it; which servers are down is carried over.
     */
    public Applied apply(LoadBalancer lb) {
        oneChange.lock();
        try {
            return change(lb);
        } finally {
            oneChange.unlock();
        }
    }

    private Applied change(LoadBalancer lb) {
        String text = HaproxyConfig.render(lb);
        Optional<String> current = file.read();
        Optional<ProcessTable> running = master.processes();
        if (current.equals(Optional.of(text)) && (running.isEmpty() || master.hasLoaded(text))) {
            running.ifPresent(_ -> file.keepAsLastGood(text));
            return new Applied.Unchanged();
        }
        prepare(lb.paths());
        List<String> problems = problems(lb, text, current, running);
        if (!problems.isEmpty()) {
            LOG.warn("new configuration for '{}' refused: {}", file.path(), problems);
            return new Applied.Refused(problems);
        }
        Optional<String> fallback =
                current.filter(master::hasLoaded).or(file::lastGood).or(() -> current);
        // Asked before the file changes: if the process goes away just now, all is still as it was.
        running.ifPresent(_ -> write(lb.paths().stateFile(), CarriedState.of(master.serversState(), lb)));
        file.replace(text);
        return running.map(before -> reload(lb, text, before, fallback)).orElseGet(Applied.Written::new);
    }

    private List<String> problems(
            LoadBalancer lb, String text, Optional<String> current, Optional<ProcessTable> running) {
        List<String> problems = new ArrayList<>();
        switch (check.run(text)) {
            case Validation.Valid() -> {}
            case Validation.Invalid(List<String> alerts) -> problems.addAll(alerts);
        }
        problems.addAll(Preflight.problems(lb, current, running.map(ProcessTable::master)));
        return problems;
    }

    private Applied reload(LoadBalancer lb, String text, ProcessTable before, Optional<String> fallback) {
        Applied outcome;
        try {
            outcome = new Reload(master, before, text).run();
        } finally {
            write(lb.paths().stateFile(), CarriedState.NOTHING);
        }
        if (outcome instanceof Applied.Refused(List<String> problems)) {
            fallback.ifPresentOrElse(file::replace, file::remove);
            LOG.warn("'{}' put back: {}", file.path(), problems);
        } else {
            file.keepAsLastGood(text);
            LOG.info("haproxy serves with a new '{}': {}", file.path(), outcome);
        }
        return outcome;
    }

    private static void prepare(Paths paths) {
        Path directory = paths.runtimeDirectory();
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (IOException e) {
            throw new HaproxyException.Failed(
                    "cannot make the runtime directory '" + directory + "' (" + e.getMessage() + ")", e);
        }
        write(paths.stateFile(), CarriedState.NOTHING);
    }

    private static void write(Path stateFile, String text) {
        try {
            Files.writeString(stateFile, text);
        } catch (IOException e) {
            throw new HaproxyException.Failed("cannot write '" + stateFile + "' (" + e.getMessage() + ")", e);
        }
    }
}

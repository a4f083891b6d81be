package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Grammar;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Problems;
import io.livepatch.haproxy.render.Fingerprint;
import io.livepatch.haproxy.render.HaproxyConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
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
                        "master socket '" + masterSocket + "' is not " + Grammar.SOCKET_RULE)
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

    /**
     * Asks haproxy itself whether it would start with this text; changes nothing.
     *
     * @return what it objects to, each in its own words with the line it speaks of; empty if it would start
     */
    public List<String> validate(String text) {
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
     * <p>Where nothing but servers changes, the worker that serves is given what it lacks; else, or if it refuses, by hitless
     * reload: the old worker finishes what it has, the new one takes over the sockets, and which servers are down is carried
     * over. States and weights set by hand end with either. May take some seconds: servers that leave end what they have.
     */
    public Applied apply(LoadBalancer lb) {
        return changeAlone(lb, false);
    }

    /**
     * Like {@link #apply}, but a running haproxy is reloaded even if its configuration is this one already. A new worker reads
     * certificates from their files again; nothing else does.
     */
    public Applied reload(LoadBalancer lb) {
        return changeAlone(lb, true);
    }

    /**
     * Whether the running process was started with another configuration than this one, apart from its servers; false if nothing
     * answers, for then nothing is known.
     */
    public boolean runsAnother(LoadBalancer lb) {
        try {
            Optional<String> running =
                    Fingerprint.find(runtime().send("show info")).map(Fingerprint::frame);
            return !running.equals(Fingerprint.find(HaproxyConfig.render(lb)).map(Fingerprint::frame));
        } catch (HaproxyException.NotRunning e) {
            return false;
        }
    }

    private Applied changeAlone(LoadBalancer lb, boolean always) {
        oneChange.lock();
        try {
            return change(lb, always);
        } finally {
            oneChange.unlock();
        }
    }

    private Applied change(LoadBalancer lb, boolean always) {
        String text = HaproxyConfig.render(lb);
        Optional<String> current = file.read();
        Optional<Master.ProcessTable> running = master.processes();
        Optional<Adjustment> adjustment = running.map(_ -> Adjustment.of(master, lb, text));
        if (!always
                && current.equals(Optional.of(text))
                && adjustment.map(Adjustment::isNothing).orElse(true)) {
            running.ifPresent(_ -> file.keepAsLastGood(text));
            return new Applied.Unchanged();
        }
        prepare(lb.paths());
        List<String> problems = problems(lb, text, current, running);
        if (!problems.isEmpty()) {
            LOG.warn("new configuration for '{}' refused: {}", file.path(), problems);
            return new Applied.Refused(problems);
        }
        if (running.isEmpty() || adjustment.isEmpty()) {
            file.replace(text);
            return new Applied.Written();
        }
        // First the process, then the file: whoever looks at the file alone sees that a change was cut short.
        Optional<Applied> adjusted =
                always ? Optional.empty() : adjustment.get().run();
        if (adjusted.isPresent()) {
            file.replace(text);
            return settled(text, adjusted.get());
        }
        return reload(lb, text, current, running.get(), adjustment.get());
    }

    private List<String> problems(
            LoadBalancer lb, String text, Optional<String> current, Optional<Master.ProcessTable> running) {
        List<String> problems = new ArrayList<>(check.run(text));
        problems.addAll(Preflight.problems(lb, current, running.map(Master.ProcessTable::master)));
        return problems;
    }

    private Applied reload(
            LoadBalancer lb, String text, Optional<String> current, Master.ProcessTable before, Adjustment adjustment) {
        Optional<String> fallback =
                current.filter(master::hasLoaded).or(file::lastGood).or(() -> current);
        // Asked before the file changes: if the process goes away just now, all is still as it was.
        write(lb.paths().stateFile(), CarriedState.of(master.serversState(), lb));
        file.replace(text);
        Applied outcome;
        try {
            outcome = new Reload(master, before, text).run();
        } finally {
            write(lb.paths().stateFile(), CarriedState.NOTHING);
        }
        if (!(outcome instanceof Applied.Refused(List<String> problems))) {
            return settled(text, outcome);
        }
        fallback.ifPresentOrElse(file::replace, file::remove);
        List<String> all =
                Stream.concat(problems.stream(), adjustment.undo().stream()).toList();
        LOG.warn("'{}' put back: {}", file.path(), all);
        return new Applied.Refused(all);
    }

    private Applied settled(String text, Applied outcome) {
        file.keepAsLastGood(text);
        LOG.info("haproxy serves with a new '{}': {}", file.path(), outcome);
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

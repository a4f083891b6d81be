package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.ConfigSyntax;
import io.livepatch.haproxy.model.InvalidModelException.Violations;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.render.ConfigDigest;
import io.livepatch.haproxy.render.HaproxyConfig;
import io.livepatch.haproxy.runtime.Reload.ServerStateFile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One haproxy and its configuration file. The process is run by a supervisor or systemd, with {@link #command}.
 *
 * <p>Thread-safe: a lock lets one change run at a time. It does not reach beyond this object, so two programs must not manage the
 * same haproxy.
 */
public final class Haproxy {
    private static final Logger LOG = LoggerFactory.getLogger(Haproxy.class);

    private final Path binary;
    private final Path masterSocket;
    private final HaproxyConfigFile file;
    private final ConfigValidator check;
    private final MasterCli master;
    private final ReentrantLock changeLock = new ReentrantLock();

    /**
     * Neither starts a process nor touches a file.
     *
     * @param configFile absolute; its directory exists and may be written to
     * @param masterSocket where the master process listens for commands
     */
    public Haproxy(Path binary, Path configFile, Path masterSocket) {
        new Violations("haproxy '" + configFile + "'")
                .unless(configFile.isAbsolute(), "the configuration file's path is not absolute")
                .unless(
                        ConfigSyntax.isSocketPath(masterSocket),
                        "master socket '" + masterSocket + "' is not " + ConfigSyntax.SOCKET_RULE)
                .throwIfAny();
        this.binary = binary;
        this.masterSocket = masterSocket;
        this.file = new HaproxyConfigFile(configFile);
        this.check = new ConfigValidator(binary, configFile);
        this.master = new MasterCli(masterSocket);
    }

    /** The command line of the process, which stays in the foreground. SIGUSR1 stops it gracefully, SIGTERM at once. */
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
     * Runs {@code haproxy -c} on this text; changes nothing.
     *
     * @return haproxy's alerts, each with the line that it is about; empty if haproxy would start with the text
     */
    public List<String> validate(String text) {
        return check.run(text);
    }

    /** Where a process with the current configuration file listens; empty without a file. */
    public Set<InetSocketAddress> listening() {
        return file.read().stream().flatMap(HaproxyConfigFile::binds).collect(Collectors.toUnmodifiableSet());
    }

    /** Whether the master's socket answers. */
    public boolean running() {
        return master.processes().isPresent();
    }

    /** The worker process that accepts connections now. */
    public RuntimeSocket runtime() {
        return RuntimeSocket.ofMaster(masterSocket);
    }

    /**
     * Makes this the configuration of the file and of the running process, or leaves both as they were.
     *
     * <p>If nothing but servers differs, the running worker is changed by commands. Otherwise, or if it refuses a command, haproxy
     * is reloaded without a lost request: the new worker takes over the sockets and the list of servers that are down, and the old
     * one finishes its requests. Either way states and weights that were set by hand are replaced by those of the model. Takes up
     * to 5 s for servers that are removed to finish their requests, and up to 30 s for a new worker to start.
     */
    public ApplyResult apply(LoadBalancer lb) {
        return changeLocked(lb, false);
    }

    /**
     * Like {@link #apply}, but a running haproxy is reloaded even if its configuration is this one already: haproxy reads
     * certificates from their files only when a worker starts.
     */
    public ApplyResult reload(LoadBalancer lb) {
        return changeLocked(lb, true);
    }

    /**
     * Whether the running process was started with a configuration that differs from this one in more than servers; false if it
     * does not answer, because then its configuration is unknown.
     */
    public boolean runsOtherConfiguration(LoadBalancer lb) {
        try {
            Optional<String> running =
                    ConfigDigest.find(runtime().send("show info")).map(ConfigDigest::frame);
            return !running.equals(ConfigDigest.find(HaproxyConfig.render(lb)).map(ConfigDigest::frame));
        } catch (HaproxyException.NotRunning e) {
            return false;
        }
    }

    /**
     * Why haproxy could not be started with this configuration now, such as ports in use, as {@link #apply} finds it; runs no program
     * and changes nothing.
     */
    public List<String> obstacles(LoadBalancer lb) {
        Optional<Long> running = master.processes().map(MasterCli.ProcessTable::master);
        return ConfigValidator.environmentProblems(lb, file.read(), running);
    }

    /** Whether haproxy has run with a configuration that differs from the file's in servers at most. */
    public boolean fileIsProven() {
        Optional<String> frame = file.read().flatMap(ConfigDigest::find).map(ConfigDigest::frame);
        return frame.isPresent()
                && frame.equals(file.lastGood().flatMap(ConfigDigest::find).map(ConfigDigest::frame));
    }

    /** Whether there is a configuration that haproxy was last known to run with. */
    public boolean hasLastGood() {
        return file.lastGood().isPresent();
    }

    /** Replaces the file by the configuration that haproxy was last known to run with, if there is one; the process is left alone. */
    public void restoreLastGood() {
        changeLock.lock();
        try {
            file.lastGood().ifPresent(file::replace);
        } finally {
            changeLock.unlock();
        }
    }

    private ApplyResult changeLocked(LoadBalancer lb, boolean forceReload) {
        changeLock.lock();
        try {
            return change(lb, forceReload);
        } finally {
            changeLock.unlock();
        }
    }

    private ApplyResult change(LoadBalancer lb, boolean forceReload) {
        String text = HaproxyConfig.render(lb);
        Optional<String> current = file.read();
        Optional<MasterCli.ProcessTable> running = master.processes();
        Optional<RuntimeUpdate> update = running.map(_ -> RuntimeUpdate.of(master, lb, text));
        if (!forceReload
                && current.equals(Optional.of(text))
                && update.map(RuntimeUpdate::isEmpty).orElse(true)) {
            running.ifPresent(_ -> file.keepAsLastGood(text));
            return new ApplyResult.Unchanged();
        }
        prepareDirectories(lb);
        List<String> problems = problems(lb, text, current, running);
        if (!problems.isEmpty()) {
            LOG.warn("the new configuration for '{}' is refused: {}", file.path(), problems);
            return new ApplyResult.Refused(problems);
        }
        if (running.isEmpty() || update.isEmpty()) {
            file.replace(text);
            return new ApplyResult.Written();
        }
        // The process is changed first: if this program is killed before the file is written, the next apply sees that
        // the file differs.
        Optional<ApplyResult> updated =
                forceReload ? Optional.empty() : update.get().run();
        if (updated.isPresent()) {
            file.replace(text);
            return recordSuccess(text, updated.get());
        }
        return reload(lb, text, current, running.get(), update.get());
    }

    private List<String> problems(
            LoadBalancer lb, String text, Optional<String> current, Optional<MasterCli.ProcessTable> running) {
        List<String> problems = new ArrayList<>(check.run(text));
        problems.addAll(ConfigValidator.environmentProblems(lb, current, running.map(MasterCli.ProcessTable::master)));
        return problems;
    }

    private ApplyResult reload(
            LoadBalancer lb,
            String text,
            Optional<String> current,
            MasterCli.ProcessTable before,
            RuntimeUpdate update) {
        Optional<String> fallback =
                current.filter(master::hasLoaded).or(file::lastGood).or(() -> current);
        // Read before the file is replaced: if the process has ended, this throws and the file is unchanged.
        write(lb.paths().stateFile(), ServerStateFile.of(master.serversState(), lb));
        file.replace(text);
        ApplyResult outcome;
        try {
            outcome = new Reload(master, before, text).run();
        } finally {
            write(lb.paths().stateFile(), ServerStateFile.EMPTY);
        }
        if (!(outcome instanceof ApplyResult.Refused(List<String> problems))) {
            return recordSuccess(text, outcome);
        }
        fallback.ifPresentOrElse(file::replace, file::remove);
        List<String> all =
                Stream.concat(problems.stream(), update.rollBack().stream()).toList();
        LOG.warn("the previous '{}' is restored: {}", file.path(), all);
        return new ApplyResult.Refused(all);
    }

    private ApplyResult recordSuccess(String text, ApplyResult outcome) {
        file.keepAsLastGood(text);
        LOG.info("haproxy runs with a new '{}': {}", file.path(), outcome);
        return outcome;
    }

    private static void prepareDirectories(LoadBalancer lb) {
        createDirectory(lb.paths().runtimeDirectory(), "rwx------");
        // haproxy enters it as root, so that the workers themselves need no permission there.
        lb.sandbox().ifPresent(sandbox -> createDirectory(sandbox.directory(), "--x------"));
        write(lb.paths().stateFile(), ServerStateFile.EMPTY);
    }

    private static void createDirectory(Path directory, String mode) {
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
            }
        } catch (IOException e) {
            throw new HaproxyException.Failed(
                    "cannot make the directory '" + directory + "' (" + e.getMessage() + ")", e);
        }
    }

    private static void write(Path stateFile, String text) {
        try {
            Files.writeString(stateFile, text);
        } catch (IOException e) {
            throw new HaproxyException.Failed("cannot write '" + stateFile + "' (" + e.getMessage() + ")", e);
        }
    }
}

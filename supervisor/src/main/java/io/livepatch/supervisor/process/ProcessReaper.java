package io.livepatch.supervisor.process;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.process.cgroup.Cgroup;
import io.livepatch.supervisor.process.cgroup.Cgroups;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small process that outlives this JVM briefly. It knows the session of every worker and reads a pipe from this JVM: when the pipe
 * ends, however this JVM died, it kills what is left of those sessions. The kernel's parent-death signal reaches only direct
 * children; the reaper kills their descendants too.
 *
 * <p>It also sends signals to process groups, which Java cannot. It is a shell that runs one constant script and reads orders from
 * its standard input, which it never evaluates.
 */
final class ProcessReaper implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ProcessReaper.class);

    /**
     * Pids are reused, so the start time of a session's leader is read while the leader waits at the gate (see {@link CommandLine}),
     * and compared before the session is killed. A cgroup also has the processes that left the session. The script can leave and
     * remove its own cgroup in version 1; in version 2 the next supervisor removes it. A reaper that replaces another gets the
     * sessions as arguments: orders on its input would arrive after it started, and be lost if this JVM is killed in between. A
     * signal that arrives before a new process has made its process group goes to the process itself.
     */
    private static final String SCRIPT = """
            trap '' HUP INT QUIT TERM USR1 USR2
            fields() { { read -r line < "/proc/$1/stat"; } 2>/dev/null && set -- ${line##*) } && session=$4 && began=${20}; }
            empty_group() {
              tries=50
              while [ -d "$1" ] && ! rmdir "$1" && [ $((tries -= 1)) -gt 0 ]; do
                if [ -e "$1/cgroup.kill" ]; then echo 1 > "$1/cgroup.kill"
                else while read -r pid; do kill -s KILL "$pid"; done < "$1/cgroup.procs"
                fi
                sleep 0.1
              done
            }
            kill_session() {
              fields "$1" && [ "$began" != "$2" ] && return
              kill -s KILL -- "-$1"
              for stat in /proc/[0-9]*/stat; do
                pid=${stat#/proc/} && pid=${pid%/stat}
                fields "$pid" && [ "$session" = "$1" ] && kill -s KILL "$pid"
              done
            }
            outlast() {
              [ "$2" = KILL ] || while [ "$3" -gt 0 ] && kill -s 0 -- "-$1"; do set -- "$1" "$2" $(($3 - 1)) "$4" "$5"; sleep 1; done
              kill_session "$1" "$4"; kill_session "$1" "$4"
              [ "$5" = - ] || empty_group "$home/$5"
            }
            watch() { began=gone; fields "$1"; watched="$watched $1:$2:$3:$began:$4"; }
            home=$1
            shift
            watched=
            for one in "$@"; do watch $one; done
            while read -r verb pid signal grace group; do
              case $verb in
                watch) watch "$pid" "$signal" "$grace" "$group" ;;
                forget) rest=; for one in $watched; do [ "${one%%:*}" = "$pid" ] || rest="$rest $one"; done; watched=$rest ;;
                signal) kill -s "$signal" -- "-$pid" || kill -s "$signal" "$pid" ;;
                leader) kill -s "$signal" "$pid" ;;
              esac
            done
            for one in $watched; do ( IFS=:; set -- $one; unset IFS; outlast "$@" ) & done
            wait
            [ -z "$home" ] || { echo $$ > "${home%/*}/cgroup.procs" && rmdir "$home/self" "$home"; }
            """;

    private static final Duration RESTART_DELAY = Duration.ofSeconds(1);

    private final ProcessBuilder builder;
    private final List<String> command;
    private final Cgroups cgroups;
    private final Map<Long, String> watched = new LinkedHashMap<>();
    private @Nullable Process process;
    private @Nullable Writer orders;
    private boolean closed;

    ProcessReaper(SystemTools tools, Cgroups cgroups) {
        this.cgroups = cgroups;
        String home = cgroups.root().map(Path::toString).orElse("");
        String title = "supervisor-reaper-of-" + ProcessHandle.current().pid();
        this.command = List.of(tools.setsid().toString(), tools.sh().toString(), "-c", SCRIPT, title, home);
        this.builder = new ProcessBuilder()
                .directory(new File("/"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin");
    }

    synchronized void start() throws IOException {
        List<String> withSessions = new ArrayList<>(command);
        withSessions.addAll(watched.values());
        Process started = builder.command(withSessions).start();
        process = started;
        cgroups.addReaper(started.pid());
        orders = started.outputWriter(StandardCharsets.US_ASCII);
        var _ = started.onExit().thenAcceptAsync(this::restart, delayed());
    }

    /** Kills the session and the cgroup when this JVM ends. */
    synchronized void watch(long session, String deathSignal, Duration grace, Optional<Cgroup> group) {
        String order = "%d %s %d %s"
                .formatted(
                        session,
                        deathSignal,
                        Math.max(1, grace.toSeconds()),
                        group.map(Cgroup::name).orElse("-"));
        if (closed) {
            throw new IllegalStateException("the process reaper is closed");
        }
        watched.put(session, order);
        send("watch " + order + '\n');
    }

    synchronized void forget(long session) {
        if (watched.remove(session) != null) {
            send("forget %d%n".formatted(session));
        }
    }

    /** The caller ensures that the process group has not been reused. */
    synchronized void signal(String name, long group) {
        send("signal %d %s%n".formatted(group, name));
    }

    /** As {@link #signal}, without the other processes of the group. */
    synchronized void signalLeader(String name, long pid) {
        send("leader %d %s%n".formatted(pid, name));
    }

    private void send(String order) {
        if (closed) {
            return;
        }
        try {
            write(order);
        } catch (IOException e) {
            log.warn("the process reaper has ended; starting another", e);
            try {
                start();
                write(order);
            } catch (IOException again) {
                log.error("cannot restart the process reaper; the order '{}' is lost", order.strip(), again);
            }
        }
    }

    private void write(String order) throws IOException {
        Writer pipe = Objects.requireNonNull(orders, "the process reaper was not started");
        pipe.write(order);
        pipe.flush();
    }

    private synchronized void restart(Process dead) {
        if (closed || !dead.equals(process)) {
            return;
        }
        log.warn("the process reaper {} ended with {}; starting another", dead.pid(), new ExitStatus(dead.exitValue()));
        try {
            start();
        } catch (IOException e) {
            log.error(
                    "cannot start a process reaper: if this process is killed, descendants of workers may keep running",
                    e);
            delayed().execute(() -> restart(dead));
        }
    }

    private static Executor delayed() {
        return CompletableFuture.delayedExecutor(RESTART_DELAY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** For tests that kill the process. */
    synchronized Optional<ProcessHandle> handle() {
        return Optional.ofNullable(process).map(Process::toHandle);
    }

    /** Kills all watched sessions. */
    @Override
    public synchronized void close() {
        closed = true;
        Writer pipe = orders;
        orders = null;
        if (pipe != null) {
            try {
                pipe.close();
            } catch (IOException e) {
                log.debug("the process reaper ended before its pipe was closed", e);
            }
        }
    }
}

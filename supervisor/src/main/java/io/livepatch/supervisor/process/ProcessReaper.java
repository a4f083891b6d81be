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
 * A tiny process that outlives this JVM by a moment. It knows the session of every worker, and holds the far end of a pipe
 * from this JVM: when that ends, however this JVM died, it kills what is left of those sessions. The kernel's parent-death
 * signal reaches only direct children; the warden reaches their children too.
 *
 * <p>It also delivers signals to process groups, which Java cannot. It is a shell that runs one constant script; all data comes
 * to it as words on its standard input, and none is ever evaluated.
 */
final class ProcessReaper implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ProcessReaper.class);

    /**
     * A pid alone might belong to somebody else by the time it is used, so the start time of each session's leader is noted
     * while that still waits at the gate (see {@link CommandLine}), and compared before the session is killed.
     * A cgroup has what the session had not: processes that left it. The cgroup that this script itself is in it can leave and remove in
     * version 1; in version 2 the next supervisor does.
     * A warden that takes the place of another gets the sessions as arguments: written to its input they would come a moment after it began,
     * and a JVM that is killed in that moment would leave them to nobody.
     * A signal can come before a new process has made its group; it then goes to the process alone, or it would be lost.
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
              esac
            done
            for one in $watched; do ( IFS=:; set -- $one; unset IFS; outlast "$@" ) & done
            wait
            [ -z "$home" ] || { echo $$ > "${home%/*}/cgroup.procs" && rmdir "$home/self" "$home"; }
            """;

    private static final Duration PAUSE_BEFORE_ANOTHER = Duration.ofSeconds(1);

    private final ProcessBuilder builder;
    private final List<String> command;
    private final Cgroups cgroups;
    private final Map<Long, String> watched = new LinkedHashMap<>();
    private @Nullable Process process;
    private @Nullable Writer orders;
    private boolean closed;

    ProcessReaper(SystemTools tools, Cgroups cgroups) {
        this.cgroups = cgroups;
        String home = cgroups.home().map(Path::toString).orElse("");
        String title = "supervisor-warden-of-" + ProcessHandle.current().pid();
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
        cgroups.shelter(started.pid());
        orders = started.outputWriter(StandardCharsets.US_ASCII);
        var _ = started.onExit().thenAcceptAsync(this::replace, later());
    }

    /** From now on the session and the group are killed when this JVM ends. */
    synchronized void watch(long session, String deathSignal, Duration grace, Optional<Cgroup> group) {
        String order = "%d %s %d %s"
                .formatted(
                        session,
                        deathSignal,
                        Math.max(1, grace.toSeconds()),
                        group.map(Cgroup::name).orElse("-"));
        if (closed) {
            throw new IllegalStateException("the warden is closed");
        }
        watched.put(session, order);
        tell("watch " + order + '\n');
    }

    synchronized void forget(long session) {
        if (watched.remove(session) != null) {
            tell("forget %d%n".formatted(session));
        }
    }

    /** The caller makes sure that the group is still the one it means. */
    synchronized void signal(String name, long group) {
        tell("signal %d %s%n".formatted(group, name));
    }

    private void tell(String order) {
        if (closed) {
            return;
        }
        try {
            write(order);
        } catch (IOException e) {
            log.warn("the warden, which kills workers should this process be killed, is gone; starting another", e);
            try {
                start();
                write(order);
            } catch (IOException again) {
                log.error("the warden cannot be replaced; lost its order '{}'", order.strip(), again);
            }
        }
    }

    private void write(String order) throws IOException {
        Writer pipe = Objects.requireNonNull(orders, "the warden was not started");
        pipe.write(order);
        pipe.flush();
    }

    private synchronized void replace(Process dead) {
        if (closed || !dead.equals(process)) {
            return;
        }
        log.warn("the warden {} ended with {}, starting another", dead.pid(), new ExitStatus(dead.exitValue()));
        try {
            start();
        } catch (IOException e) {
            log.error("cannot start a warden: if this process is killed, grandchildren of workers may live on", e);
            later().execute(() -> replace(dead));
        }
    }

    private static Executor later() {
        return CompletableFuture.delayedExecutor(PAUSE_BEFORE_ANOTHER.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The process, for a test that kills it. */
    synchronized Optional<ProcessHandle> handle() {
        return Optional.ofNullable(process).map(Process::toHandle);
    }

    /** Kills whatever is still watched. */
    @Override
    public synchronized void close() {
        closed = true;
        Writer pipe = orders;
        orders = null;
        if (pipe != null) {
            try {
                pipe.close();
            } catch (IOException e) {
                log.debug("the warden was gone before its pipe was closed", e);
            }
        }
    }
}

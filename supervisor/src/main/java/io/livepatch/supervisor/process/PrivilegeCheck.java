package io.livepatch.supervisor.process;

import io.livepatch.supervisor.process.Processes.CannotStartException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What this JVM's user may give to a worker; asked before the start, since the programs that fail then say less. */
record PrivilegeCheck(SystemTools tools) {

    private static final Path SELF = Path.of("/proc/self");
    /** See {@code capabilities(7)}; in a container even root may be without them. */
    private static final int CAP_SYS_NICE = 23;

    private static final int CAP_SYS_RESOURCE = 24;

    /** Beyond this not even root may go. */
    private static final Path MOST_OPEN_FILES = Path.of("/proc/sys/fs/nr_open");

    private static String me() {
        return System.getProperty("user.name");
    }

    private static boolean isRoot() {
        return "root".equals(me());
    }

    /** The words for {@code setpriv} that make a process run as {@code user}. */
    List<String> switchTo(String user) throws CannotStartException {
        if (user.equals(me())) {
            return List.of();
        }
        if (!isRoot()) {
            throw new CannotStartException(
                    "only root may start it as user '%s', and this is '%s'".formatted(user, me()));
        }
        return List.of("--reuid", user, "--regid", primaryGroup(user), "--init-groups");
    }

    /** {@code nice} itself would only warn, and go on as it is. */
    void requireNiceness(int niceness) throws CannotStartException {
        if (niceness < 0 && !may(CAP_SYS_NICE)) {
            throw new CannotStartException(
                    "user '%s' may not give it a niceness of %d: that needs CAP_SYS_NICE".formatted(me(), niceness));
        }
    }

    void requireOpenFiles(int most) throws CannotStartException {
        try {
            boolean raises = may(CAP_SYS_RESOURCE);
            long allowed = raises
                    ? Long.parseLong(ProcFile.read(MOST_OPEN_FILES).strip())
                    : ResourceLimits.of(SELF).hardOpenFiles().orElse(Long.MAX_VALUE);
            if (most > allowed) {
                throw new CannotStartException("a limit of %d open files is more than user '%s' may give, which is %d%s"
                        .formatted(most, me(), allowed, raises ? "" : "; more needs CAP_SYS_RESOURCE"));
            }
        } catch (IOException e) {
            throw new CannotStartException("cannot read how many files it may open: " + e.getMessage(), e);
        }
    }

    private static boolean may(int capability) throws CannotStartException {
        try {
            return ProcFile.read(SELF.resolve("status"))
                    .lines()
                    .filter(line -> line.startsWith("CapEff:"))
                    .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                    .anyMatch(set -> (set >> capability & 1) == 1);
        } catch (IOException e) {
            throw new CannotStartException("cannot read the capabilities of this process: " + e.getMessage(), e);
        }
    }

    /** Asks {@code id}, since users need not be in {@code /etc/passwd}. */
    private String primaryGroup(String user) throws CannotStartException {
        try {
            Process id = new ProcessBuilder(tools.id().toString(), "-g", "--", user)
                    .redirectErrorStream(true)
                    .start();
            if (!id.waitFor(10, TimeUnit.SECONDS)) {
                id.destroyForcibly();
                throw new CannotStartException("'id -g %s' does not end; is a directory service away?".formatted(user));
            }
            String answer = new String(id.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (id.exitValue() != 0) {
                throw new CannotStartException("there is no user '%s' (%s)".formatted(user, answer));
            }
            return answer;
        } catch (IOException e) {
            throw new CannotStartException(
                    "cannot ask for the group of user '%s': %s".formatted(user, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotStartException("interrupted while asking for the group of user '%s'".formatted(user), e);
        }
    }
}

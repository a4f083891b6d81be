package io.livepatch.supervisor.process.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uses plain files in the layout of the kernel's. */
class CgroupsTest {

    private static final String STAT = "4711 (java (x) y) S" + " 0".repeat(18) + " 815 0";

    @TempDir
    Path folder;

    private Path proc;

    @BeforeEach
    void aJvmIn() throws IOException {
        proc = folder.resolve("proc");
        write(proc.resolve("self/stat"), STAT);
        write(proc.resolve("4711/stat"), STAT);
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file);
    }

    private Path mount(String name) {
        return folder.resolve("cgroup").resolve(name);
    }

    private void isIn(String groups, String... mounts) throws IOException {
        write(proc.resolve("self/cgroup"), groups);
        write(proc.resolve("self/mountinfo"), String.join("\n", mounts) + "\n");
    }

    private static String v2(String root, Path point) {
        return "29 23 0:26 %s %s rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate".formatted(root, point);
    }

    private static String v1(String root, Path point, String controllers) {
        return "33 25 0:28 %s %s rw shared:9 - cgroup cgroup rw,%s".formatted(root, point, controllers);
    }

    /** Debian 12 under systemd, in a unit with Delegate=yes. */
    private Path delegated() throws IOException {
        isIn("0::/system.slice/web.service\n", v2("/", mount("all")));
        Path unit = mount("all").resolve("system.slice/web.service");
        write(unit.resolve("cgroup.controllers"), "cpu memory pids\n");
        write(unit.resolve("cgroup.subtree_control"), "\n");
        return unit;
    }

    @Test
    void inVersion2MemoryIsHandedDownToTheGroupOfThisJvm() throws IOException {
        Path unit = delegated();

        Cgroups cgroups = Cgroups.open(proc);

        assertThat(cgroups.remarks()).isEmpty();
        Path home = cgroups.root().orElseThrow();
        assertThat(home.getParent()).isEqualTo(unit);
        assertThat(home.getFileName().toString()).startsWith("supervisor-4711-815-");
        assertThat(read(unit.resolve("cgroup.subtree_control"))).isEqualTo("+memory");
        assertThat(read(home.resolve("cgroup.subtree_control"))).isEqualTo("+memory");
        assertThat(home.resolve("self")).isDirectory();
    }

    /** A directory instead of the file cannot be written, like the file of a cgroup with processes. */
    @Test
    void aJvmMovesOutOfItsCgroupToEnableMemoryAndBackIfOthersAreInIt() throws IOException {
        Path unit = delegated();
        Files.delete(unit.resolve("cgroup.subtree_control"));
        Files.createDirectory(unit.resolve("cgroup.subtree_control"));
        Files.createSymbolicLink(unit.resolve("cgroup.subtree_control/memory"), unit);

        Cgroups cgroups = Cgroups.open(proc);

        assertThat(read(cgroups.root().orElseThrow().resolve("self/cgroup.procs")))
                .isEqualTo("4711");
        assertThat(read(unit.resolve("cgroup.procs"))).isEqualTo("4711");
        assertThat(cgroups.remarks()).singleElement().asString().contains("other processes are in '" + unit + "'");
    }

    @Test
    void theLimitOfACgroupIsSetBeforeAProcessEnters() throws IOException {
        delegated();
        Cgroups cgroups = Cgroups.open(proc);

        Cgroup group =
                cgroups.create("shop/web-0", 4242, OptionalLong.of(64 << 20)).orElseThrow();

        Path directory = cgroups.root().orElseThrow().resolve(group.name());
        assertThat(group.name()).isEqualTo("shop_web-0.4242");
        assertThat(read(directory.resolve("memory.max"))).isEqualTo("67108864");
        assertThat(read(directory.resolve("cgroup.procs"))).isEqualTo("4242");
    }

    @Test
    void anOomKillIsReportedWithTheLimitThatCausedIt() throws IOException {
        delegated();
        Cgroups cgroups = Cgroups.open(proc);
        Cgroup group = cgroups.create("web-0", 4242, OptionalLong.of(64 << 20)).orElseThrow();
        Path events = cgroups.root().orElseThrow().resolve(group.name()).resolve("memory.events");

        write(events, "low 0\nhigh 0\nmax 9\noom 0\noom_kill 0\n");
        assertThat(group.outOfMemory()).isEmpty();
        write(events, "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n");
        assertThat(group.outOfMemory()).contains("out of memory at its hard limit of 64 MiB");
        write(events, "low 0\nhigh 0\nmax 0\noom 0\noom_kill 1\noom_group_kill 0\n");
        assertThat(group.outOfMemory().orElseThrow()).startsWith("out of memory: not at its own limit");
    }

    @Test
    void aJvmThatWasMovedCreatesItsNextRootBesideTheFirst() throws IOException {
        Path unit = delegated();
        Path first = Cgroups.open(proc).root().orElseThrow();
        write(proc.resolve("self/cgroup"), "0::/system.slice/web.service/" + first.getFileName() + "/self\n");
        write(first.resolve("self/cgroup.controllers"), "memory\n");

        Path second = Cgroups.open(proc).root().orElseThrow();

        assertThat(second).isNotEqualTo(first);
        assertThat(second.getParent()).isEqualTo(unit);
    }

    @Test
    void version1IsTakenWhereVersion2LimitsNoMemory() throws IOException {
        isIn(
                "4:cpu,cpuacct:/x\n3:memory:/docker/abc\n0::/\n",
                v2("/", mount("unified")),
                v1("/docker/abc", mount("cpu"), "cpu,cpuacct"),
                v1("/docker/abc", mount("memory"), "memory"));
        write(mount("unified").resolve("cgroup.controllers"), "hugetlb\n");
        Files.createDirectories(mount("memory"));

        Cgroups cgroups = Cgroups.open(proc);
        Cgroup group = cgroups.create("web-0", 7, OptionalLong.of(1000)).orElseThrow();

        assertThat(cgroups.root().orElseThrow().getParent()).isEqualTo(mount("memory"));
        Path directory = cgroups.root().orElseThrow().resolve(group.name());
        assertThat(read(directory.resolve("memory.limit_in_bytes"))).isEqualTo("1000");
        write(directory.resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
        write(directory.resolve("memory.max_usage_in_bytes"), "996\n");
        assertThat(group.outOfMemory()).contains("out of memory at its hard limit of 1000 bytes");
        write(directory.resolve("memory.max_usage_in_bytes"), "500\n");
        assertThat(group.outOfMemory().orElseThrow()).startsWith("out of memory: not at its own limit");
    }

    @Test
    void withoutAMemoryControllerCgroupsStillHoldProcessesAndARemarkExplainsIt() throws IOException {
        isIn("0::/user.slice\n", v2("/", mount("all")));
        write(mount("all").resolve("user.slice/cgroup.controllers"), "pids\n");

        Cgroups cgroups = Cgroups.open(proc);

        assertThat(cgroups.create("web-0", 7, OptionalLong.of(1000))).isPresent();
        assertThat(cgroups.remarks())
                .containsExactly(
                        "hard memory limits are not enforced: no cgroup here can have one (no memory controller);"
                                + " run it as root, or in a systemd unit with Delegate=yes");
    }

    @Test
    void workersStartWithoutCgroups() throws IOException {
        isIn("0::/../elsewhere\n", v2("/", mount("all")));

        Cgroups cgroups = Cgroups.open(proc);

        assertThat(cgroups.root()).isEmpty();
        assertThat(cgroups.create("web-0", 7, OptionalLong.of(1000))).isEqualTo(Optional.empty());
        assertThat(cgroups.remarks()).singleElement().asString().startsWith("no cgroup can be created (");
    }

    @Test
    void cgroupsOfEndedSupervisorsAreRemovedAndThoseOfRunningOnesAreKept() throws IOException {
        Path unit = delegated();
        Path dead = Files.createDirectories(unit.resolve("supervisor-99-1-1/web-0.100"));
        Path reused = Files.createDirectories(unit.resolve("supervisor-4711-814-1/self"));
        Path alive = Files.createDirectories(unit.resolve("supervisor-4711-815-77/self"));
        Path foreign = Files.createDirectories(unit.resolve("supervisor-of-something-else"));

        Cgroups.open(proc);

        assertThat(dead.getParent()).doesNotExist();
        assertThat(reused.getParent()).doesNotExist();
        assertThat(alive).exists();
        assertThat(foreign).exists();
    }

    @Test
    void aRunningReaperKeepsTheCgroupsOfItsEndedSupervisor() throws IOException {
        Path unit = delegated();
        Path home =
                Files.createDirectories(unit.resolve("supervisor-99-1-1/self")).getParent();
        // Any live process; the cgroup holds nothing else that would be killed.
        write(home.resolve("self/cgroup.procs"), ProcessHandle.current().pid() + "\n");

        Cgroups.open(proc);

        assertThat(home).exists();
    }
}

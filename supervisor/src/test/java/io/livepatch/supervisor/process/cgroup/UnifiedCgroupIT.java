package io.livepatch.supervisor.process.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.livepatch.supervisor.process.cgroup.Cgroup.CgroupVersion;
import io.livepatch.supervisor.process.cgroup.Cgroups.CgroupMembership;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Version 2 of the kernel's interface, whatever controllers it has here. */
class UnifiedCgroupIT {

    private CgroupRoot home;

    @BeforeEach
    void make() throws IOException {
        Path proc = Path.of("/proc");
        Path group = CgroupMembership.read(proc).unified().orElse(Path.of("/none"));
        assumeTrue(Files.isWritable(group.resolve("cgroup.procs")), "no cgroup of version 2 is writable here");
        home = CgroupRoot.make(proc, group, CgroupVersion.UNIFIED);
    }

    @AfterEach
    void remove() {
        if (home != null) {
            Cgroup all = new Cgroup(home.directory(), CgroupVersion.UNIFIED, OptionalLong.empty());
            if (!home.limits()) {
                all.kill();
                await().until(all::remove);
            }
        }
    }

    /** Also what forked into another session, and a group that a member made. */
    @Test
    void aGroupIsKilledAsAWholeAndIsRemovedWhenEmpty() throws Exception {
        Process parent =
                new ProcessBuilder("sh", "-c", "read go; setsid sleep 1000 & setsid sleep 1001 & wait").start();
        Cgroup group = home.take("web-0.1", parent.pid(), OptionalLong.empty());
        try (var go = parent.outputWriter()) {
            go.write("go\n");
        }
        await("the children are there").until(() -> group.members().size() == 3);
        Path inner = Files.createDirectory(home.directory().resolve("web-0.1/inner"));
        Files.writeString(
                inner.resolve("cgroup.procs"),
                Long.toString(parent.children().findFirst().orElseThrow().pid()));

        assertThat(group.members()).hasSize(3);
        assertThat(group.remove()).isFalse();
        CgroupVersion.UNIFIED.kill(home.directory().resolve("web-0.1"));

        assertThat(parent.waitFor(30, TimeUnit.SECONDS)).isTrue();
        await("all are gone").until(() -> group.members().isEmpty());
        assertThat(group.remove()).isTrue();
        assertThat(home.directory().resolve("web-0.1")).doesNotExist();
    }

    @Test
    void aSupervisorThatDiedIsSweptUpBehind() throws Exception {
        Path base = home.directory().getParent();
        Path dead = Files.createDirectories(base.resolve("supervisor-4194305-1-1/web-0.1"));
        Process orphan = new ProcessBuilder("sleep", "1000").start();
        Files.writeString(dead.resolve("cgroup.procs"), Long.toString(orphan.pid()));

        CgroupRoot next = CgroupRoot.make(Path.of("/proc"), base, CgroupVersion.UNIFIED);

        assertThat(orphan.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(dead.getParent()).doesNotExist();
        new Cgroup(next.directory(), CgroupVersion.UNIFIED, OptionalLong.empty()).remove();
    }
}

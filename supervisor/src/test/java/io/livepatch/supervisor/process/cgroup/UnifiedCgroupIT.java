package io.livepatch.supervisor.process.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.process.cgroup.Cgroups.CgroupMembership;
import io.livepatch.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cgroups of version 2, with the controllers of this machine. */
@Requires(UnifiedCgroupIT.WritableCgroup.class)
class UnifiedCgroupIT {

    private static final Path PROC = Path.of("/proc");

    private CgroupRoot root;

    /** The cgroup of version 2 of this JVM is writable. */
    static final class WritableCgroup implements Requires.Requirement {
        @Override
        public Optional<String> missing() throws IOException {
            return ownGroup().isPresent() ? Optional.empty() : Optional.of("it needs a writable cgroup of version 2");
        }
    }

    private static Optional<Path> ownGroup() throws IOException {
        return CgroupMembership.read(PROC).unified().filter(group -> Files.isWritable(group.resolve("cgroup.procs")));
    }

    @BeforeEach
    void make() throws IOException {
        root = CgroupRoot.create(PROC, ownGroup().orElseThrow(), Cgroup.Version.UNIFIED);
    }

    @AfterEach
    void remove() {
        Cgroup all = new Cgroup(root.directory(), Cgroup.Version.UNIFIED, OptionalLong.empty());
        if (!root.limits()) {
            all.kill();
            await().until(all::remove);
        }
    }

    /** Includes members that left the session, and cgroups made by a member. */
    @Test
    void aGroupIsKilledAsAWholeAndIsRemovedWhenEmpty() throws Exception {
        Process parent =
                new ProcessBuilder("sh", "-c", "read go; setsid sleep 1000 & setsid sleep 1001 & wait").start();
        Cgroup group = root.create("web-0.1", parent.pid(), OptionalLong.empty());
        try (var go = parent.outputWriter()) {
            go.write("go\n");
        }
        await("the children have started").until(() -> group.members().size() == 3);
        Path inner = Files.createDirectory(root.directory().resolve("web-0.1/inner"));
        Files.writeString(
                inner.resolve("cgroup.procs"),
                Long.toString(parent.children().findFirst().orElseThrow().pid()));

        assertThat(group.members()).hasSize(3);
        assertThat(group.remove()).isFalse();
        Cgroup.Version.UNIFIED.kill(root.directory().resolve("web-0.1"));

        assertThat(parent.waitFor(30, TimeUnit.SECONDS)).isTrue();
        await("all have ended").until(() -> group.members().isEmpty());
        assertThat(group.remove()).isTrue();
        assertThat(root.directory().resolve("web-0.1")).doesNotExist();
    }

    @Test
    void theCgroupsOfAnEndedSupervisorAreRemoved() throws Exception {
        Path base = root.directory().getParent();
        Path dead = Files.createDirectories(base.resolve("supervisor-4194305-1-1/web-0.1"));
        Process orphan = new ProcessBuilder("sleep", "1000").start();
        Files.writeString(dead.resolve("cgroup.procs"), Long.toString(orphan.pid()));

        CgroupRoot next = CgroupRoot.create(PROC, base, Cgroup.Version.UNIFIED);

        assertThat(orphan.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(dead.getParent()).doesNotExist();
        new Cgroup(next.directory(), Cgroup.Version.UNIFIED, OptionalLong.empty()).remove();
    }
}

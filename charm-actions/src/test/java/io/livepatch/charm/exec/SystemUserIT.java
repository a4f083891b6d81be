package io.livepatch.charm.exec;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.testing.Requires;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user of this machine that the test creates and deletes. */
@Requires(Requires.Root.class)
class SystemUserIT {
    @TempDir
    Path directory;

    private final SystemUser user =
            new SystemUser("lptest-" + ProcessHandle.current().pid());

    @AfterEach
    void delete() {
        if (user.exists()) {
            ExternalProgram.of("/usr/sbin/userdel", user.name()).runOrThrow();
        }
    }

    private String id() {
        return ExternalProgram.of("id", "-u", user.name()).runOrThrow().stdout();
    }

    /** useradd looks for the name before it locks, so the last one of several would change the id. */
    @Test
    void unitsThatCreateItAtTheSameTimeGetOneUser() throws Exception {
        assertThat(user.exists()).isFalse();
        List<Future<String>> ids = new ArrayList<>();
        try (ExecutorService units = Executors.newFixedThreadPool(6)) {
            for (int unit = 0; unit < 6; unit++) {
                ids.add(units.submit(() -> {
                    user.create();
                    return id();
                }));
            }
        }
        for (Future<String> one : ids) {
            assertThat(one.get()).isEqualTo(id());
        }
        assertThat(ExternalProgram.of("getent", "passwd", user.name())
                        .runOrThrow()
                        .stdout())
                .endsWith(":/nonexistent:/usr/sbin/nologin\n");
    }

    @Test
    void ownsWhatRootOwnedAndFollowsNoLink() throws IOException {
        user.create();
        Path outside = Files.writeString(directory.resolve("outside"), "");
        Path store = Files.createDirectories(directory.resolve("store/patch"));
        Path ofRoot = Files.writeString(store.resolve("a"), "");
        Path ofAnother = Files.writeString(store.resolve("b"), "");
        PrivateFile.give(ofAnother, "nobody");
        Path link = Files.createSymbolicLink(store.resolve("link"), outside);
        Path linked = Files.createSymbolicLink(directory.resolve("elsewhere"), directory.resolve("store"));

        user.own(linked);

        assertThat(Files.getOwner(ofRoot).getName()).isEqualTo(user.name());
        assertThat(Files.getOwner(store).getName()).isEqualTo(user.name());
        assertThat(Files.getOwner(link, LinkOption.NOFOLLOW_LINKS).getName()).isEqualTo(user.name());
        assertThat(Files.getOwner(ofAnother).getName()).isEqualTo("nobody");
        assertThat(Files.getOwner(outside).getName()).isEqualTo("root");
    }

    @Test
    void tellsWhetherItCanEnterADirectory() throws IOException {
        user.create();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        Path open = PrivateFile.directory(directory.resolve("open"), "rwxrwxrwx");
        Path closed = PrivateFile.directory(directory.resolve("closed"), "rwx------");

        assertThat(user.cannotEnter(open)).isEmpty();
        assertThat(user.passes(open, "-r", "-w", "-x")).isTrue();
        assertThat(user.passes(directory, "-r", "-w", "-x")).isFalse();
        assertThat(user.cannotEnter(closed.resolve("unit")))
                .hasValueSatisfying(why -> assertThat(why).contains(user.name(), "cannot enter '" + closed));
    }
}

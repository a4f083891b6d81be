package io.livepatch.charm.cli;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.ReleaseStore;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.common.file.FileTrees;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The release that a command runs from, and its copy in the model's directory, which the model's processes run from. */
record OwnRelease(Map<String, String> environment, ModelDirectory home) {
    /** The directory of the release that a program runs from; set by its script. */
    private static final String VARIABLE = "LIVEPATCH_DIST";

    private Path directory() {
        return Path.of(environment.getOrDefault(VARIABLE, "/nonexistent"));
    }

    private ReleaseStore store() {
        if (!Files.isDirectory(home.root())) {
            PrivateFile.directory(home.root(), ExternalProgram.isRoot() ? "rwx--x--x" : "rwx------");
        }
        return home.releases();
    }

    /** Keeps copies from being deleted until it is closed. */
    ReleaseStore.Lease lease() {
        return store().lease();
    }

    /** Copies it, unless that is done, and returns the copy. */
    Path install() {
        return store().install(directory());
    }

    Path installWithLease() {
        try (ReleaseStore.Lease _ = lease()) {
            return install();
        }
    }

    /** The environment of a program of a copy. */
    Map<String, String> environmentOf(Path copy) {
        Map<String, String> copied = new HashMap<>(environment);
        copied.put(VARIABLE, copy.toString());
        return copied;
    }

    /** Deletes the copies of all releases, unless this command runs from one of them. */
    void deleteCopies() {
        Path copies = home.releases().root();
        if (!directory().startsWith(copies)) {
            FileTrees.delete(copies);
        }
    }
}

package io.livepatch.acceptance;

import io.livepatch.common.file.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A local model with its own state directory, loopback addresses and sample patches. Closing it stops the model and deletes its
 * files.
 */
record TestModel(Path work, Path home, Scripts scripts) implements AutoCloseable {

    static TestModel create() throws IOException {
        // Short, since paths of unix sockets are limited; readable by the user postgres when the tests run as root.
        Path work = Files.createTempDirectory("lp");
        work.toFile().setExecutable(true, false);
        Path home = work.resolve("home");
        String samples = work.resolve("samples").toString();
        Scripts scripts = new Scripts(Map.of(
                "LIVEPATCH_HOME",
                home.toString(),
                "LIVEPATCH_SUBNET",
                "127.0." + (100 + ProcessHandle.current().pid() % 100),
                "LIVEPATCH_SAMPLES",
                samples,
                // The programs of a stack live for minutes, in which the optimizing compiler would cost more than it
                // saves. The long
                // form measures latencies.
                "LIVEPATCH_JVM_OPTIONS",
                System.getProperty("attacks.seconds") == null ? "-XX:TieredStopAtLevel=1" : ""));
        scripts.run("sample-patches", "--no-apt", "--out", samples).expectSuccess();
        return new TestModel(work, home, scripts);
    }

    @Override
    public void close() throws IOException {
        scripts.run("down", "--purge", "--yes");
        FileTrees.delete(work);
    }
}

package io.livepatch.storage.s3;

import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.StorageConfig;
import io.livepatch.testing.S3Place;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;

/** A program that puts a patch of many parts: the process to kill. */
final class PutProcess {
    static final int SIZE = 12 << 20;

    private PutProcess() {}

    /** {@code <endpoint> <region> <access key> <secret> <bucket> <spool>}. */
    public static void main(String[] arguments) throws IOException {
        S3Place place = new S3Place(
                URI.create(arguments[0]), arguments[1], true, new StorageConfig.S3.Keys(arguments[2], arguments[3]));
        try (PatchStore store = S3PatchStore.open(place.config(arguments[4], "", Path.of(arguments[5])));
                InputStream source = Patches.source(SIZE, 1)) {
            store.put(Patches.name(0), source, Patches.sha256(SIZE, 1));
        }
    }

    static Process start(S3Place place, String bucket, Path spool) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PutProcess.class.getName(),
                        place.endpoint().toString(),
                        place.region(),
                        place.keys().access(),
                        place.keys().secret(),
                        bucket,
                        spool.toString())
                .inheritIO()
                .start();
    }
}

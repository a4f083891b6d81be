package io.livepatch.server.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.ForwardingPatchStore;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that change on the disk while they are mapped or streamed: wrong bytes are sent to no client. */
final class DamagedFilesIT {
    private static final PatchName NAME = DownloadServer.name(1);
    private static final byte[] BYTES = DownloadServer.bytes(1, 300_000);
    /** Larger than the socket buffers of both sides. */
    private static final byte[] LARGE = DownloadServer.bytes(1, 24 << 20);
    /** Larger than the limit of mappings. */
    private static final byte[] VERY_LARGE = DownloadServer.bytes(1, 40 << 20);

    @TempDir
    Path directory;

    private DownloadServer server;
    /** Runs once, after the store opened a file and before the download checks it. */
    private final AtomicReference<Runnable> opened = new AtomicReference<>();

    @BeforeEach
    void start() throws Exception {
        server = new DownloadServer(directory, store -> new StoredPatches(new Observed(store, this::opened)), false);
    }

    private void opened() {
        Runnable once = opened.getAndSet(null);
        if (once != null) {
            once.run();
        }
    }

    /** A store that runs {@code opened} after it opened a file. */
    private record Observed(PatchStore delegate, Runnable opened) implements ForwardingPatchStore {
        @Override
        public Optional<PatchContent> open(PatchName name) {
            Optional<PatchContent> content = delegate.open(name);
            opened.run();
            return content;
        }
    }

    @AfterEach
    void close() {
        server.close();
    }

    private HttpResponse<byte[]> get(String... headers) throws Exception {
        return server.get(server.signed(NAME), headers);
    }

    private Path file() {
        try (PatchContent content = server.store.open(NAME).orElseThrow()) {
            return ((PatchContent.LocalFile) content).path();
        }
    }

    /** Changes the bytes without the time of the file, like a failing disk. */
    private void corrupt() throws Exception {
        FileTime before = Files.getLastModifiedTime(file());
        write();
        Files.setLastModifiedTime(file(), before);
    }

    private void write() throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
            file.seek(1000);
            int old = file.read();
            file.seek(1000);
            file.write(old ^ 1);
        }
    }

    private void replace(byte[] bytes) {
        server.store.delete(NAME);
        server.store.put(NAME, new ByteArrayInputStream(bytes), Sha256.of(bytes));
    }

    private void assertDamaged(HttpResponse<byte[]> answer) {
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains(NAME.fileName());
        assertThat(server.suspects).contains(NAME);
    }

    @Test
    void mappedFileThatIsWrittenToIsNotSent() throws Exception {
        server.add(NAME, BYTES);
        assertThat(get().statusCode()).isEqualTo(200);

        write();

        assertDamaged(get());
        assertDamaged(get("Range", "bytes=0-9"));
        replace(BYTES);
        assertThat(get().body()).isEqualTo(BYTES);
    }

    @Test
    void damagedFileIsNotMapped() throws Exception {
        server.add(NAME, BYTES);
        corrupt();

        assertDamaged(get());
        replace(BYTES);
        assertThat(get().body()).isEqualTo(BYTES);
    }

    @Test
    void mappingOfADamagedFileIsDroppedWhenThePatchIsRepaired() throws Exception {
        server.add(NAME, BYTES);
        assertThat(get().statusCode()).isEqualTo(200);
        corrupt();

        replace(BYTES);

        assertThat(get().body()).isEqualTo(BYTES);
    }

    @Test
    void mappingOfADamagedFileIsHashedAgainWhenItsTimeChanges() throws Exception {
        server.add(NAME, BYTES);
        assertThat(get().statusCode()).isEqualTo(200);
        corrupt();

        Files.setLastModifiedTime(file(), FileTime.from(Instant.now()));

        assertDamaged(get());
    }

    @Test
    void mappingIsDroppedWhenTheCatalogNoLongerHasThePatch() throws Exception {
        Patch patch = server.add(NAME, BYTES);
        assertThat(get().statusCode()).isEqualTo(200);
        assertThat(mapped()).isTrue();

        server.download.dropUnknown();
        assertThat(mapped()).isTrue();
        server.catalog.block(NAME);
        server.download.dropUnknown();

        await("unmapping").until(() -> !mapped());
        assertThat(get().statusCode()).isEqualTo(404);
        server.catalog.put(patch, "stable");
        assertThat(get().body()).isEqualTo(BYTES);
    }

    @Test
    void downloadOfATruncatedFileIsCutOffOnceAndThenRefused() throws Exception {
        server.add(NAME, LARGE);
        try (Socket slow = request()) {
            InputStream answer = slow.getInputStream();
            assertThat(answer.readNBytes(12)).startsWith("HTTP/1.1 200".getBytes(StandardCharsets.US_ASCII));

            try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
                file.setLength(4096);
            }

            assertThat(answer.readAllBytes().length).isLessThan(LARGE.length);
        }
        await("suspicion").until(() -> server.suspects.contains(NAME));
        assertDamaged(get());
        replace(LARGE);
        assertThat(Sha256.of(get().body())).isEqualTo(Sha256.of(LARGE));
    }

    @Test
    void fileTooLongToBeMappedIsHashedBeforeItIsSent() throws Exception {
        server.add(NAME, VERY_LARGE);
        assertThat(get("Range", "bytes=0-9").statusCode()).isEqualTo(206);

        write();

        assertDamaged(get("Range", "bytes=0-9"));
        assertDamaged(get());
        replace(VERY_LARGE);
        assertThat(Sha256.of(get().body())).isEqualTo(Sha256.of(VERY_LARGE));
    }

    @Test
    void fileTooLongToBeMappedIsNotSentWhenItIsReplacedAfterItWasOpened() throws Exception {
        server.add(NAME, VERY_LARGE);
        corrupt();
        opened.set(() -> replace(VERY_LARGE));

        HttpResponse<byte[]> answer = get();

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Sha256.of(answer.body())).isEqualTo(Sha256.of(VERY_LARGE));
    }

    @Test
    void partOfAFileTooLongToBeMappedIsNotSentWhenItIsReplacedAfterItWasOpened() throws Exception {
        server.add(NAME, VERY_LARGE);
        corrupt();
        opened.set(() -> replace(VERY_LARGE));

        HttpResponse<byte[]> answer = get("Range", "bytes=1000-1009");

        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(VERY_LARGE, 1000, 1010));
    }

    private Socket request() throws Exception {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout(30_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        socket.getOutputStream()
                .write(("GET " + server.signed(NAME) + " HTTP/1.1\r\nHost: h\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private boolean mapped() throws Exception {
        return Files.readString(Path.of("/proc/self/maps")).contains(directory + "/livepatch-");
    }
}

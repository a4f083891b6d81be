package io.livepatch.server.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** Downloads with disturbances, from a store of local files and from one that serves ranges over a network. */
final class DownloadLifeIT {
    private static final PatchName NAME = DownloadServer.name(1);
    /** More than the sockets of both sides buffer. */
    private static final int LARGE = 24 << 20;
    /** More than is mapped. */
    private static final int VERY_LARGE = 40 << 20;

    @TempDir
    Path directory;

    enum Kind {
        LOCAL,
        RANGED;

        PatchStore view(PatchStore store) {
            return this == LOCAL ? store : new RangedStore(store);
        }
    }

    @ParameterizedTest
    @EnumSource
    void downloadSurvivesTheDeletionOfThePatch(Kind kind) throws Exception {
        byte[] bytes = DownloadServer.bytes(1, LARGE);
        try (DownloadServer server = new DownloadServer(directory, kind::view)) {
            Patch patch = server.add(NAME, bytes);
            try (Socket slow = request(server, NAME)) {
                InputStream answer = slow.getInputStream();
                assertThat(head(answer)).startsWith("HTTP/1.1 200");

                server.catalog.block(NAME);
                server.store.delete(NAME);
                server.download.close();

                assertThat(Sha256.of(answer.readNBytes(LARGE))).isEqualTo(patch.sha256());
            }
            assertThat(server.get(server.signed(NAME)).statusCode()).isEqualTo(404);
            await("unmapping").until(() -> !mapped(directory));
        }
    }

    @ParameterizedTest
    @EnumSource
    void callerThatHangsUpLeavesNoTraceInTheLog(Kind kind) throws Exception {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        log.start();
        try (DownloadServer server = new DownloadServer(directory, kind::view)) {
            server.add(NAME, DownloadServer.bytes(1, LARGE));
            root.addAppender(log);
            for (int i = 0; i < 10; i++) {
                try (Socket slow = request(server, NAME)) {
                    assertThat(head(slow.getInputStream())).startsWith("HTTP/1.1 200");
                    slow.setSoLinger(true, 0);
                }
            }
            server.download.close();
            await("unmapping").until(() -> !mapped(directory));
            assertThat(server.get(server.signed(NAME)).statusCode()).isEqualTo(200);
        } finally {
            root.detachAppender(log);
        }
        assertThat(log.list).extracting(ILoggingEvent::getFormattedMessage).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void manyAtOnceAllGetTheirBytes(Kind kind) throws Exception {
        try (DownloadServer server = new DownloadServer(directory, kind::view);
                ExecutorService machines = Executors.newFixedThreadPool(64)) {
            List<Patch> patches = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                patches.add(server.add(DownloadServer.name(i), DownloadServer.bytes(i, 300_000 + i * 100_001)));
            }
            List<Future<Sha256>> downloads = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                String url = server.signed(patches.get(i % 8).name());
                downloads.add(machines.submit(() -> Sha256.of(server.get(url).body())));
            }
            for (int i = 0; i < 64; i++) {
                assertThat(downloads.get(i).get()).isEqualTo(patches.get(i % 8).sha256());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void patchTooLongToBeMappedIsStreamedInWholeAndInRanges(Kind kind) throws Exception {
        byte[] bytes = DownloadServer.bytes(1, VERY_LARGE);
        try (DownloadServer server = new DownloadServer(directory, kind::view)) {
            Patch patch = server.add(NAME, bytes);
            String url = server.signed(NAME);

            assertThat(Sha256.of(server.get(url).body())).isEqualTo(patch.sha256());
            if (kind == Kind.LOCAL) {
                assertThat(server.get(url, "Range", "bytes=30000000-30099999").body())
                        .isEqualTo(Arrays.copyOfRange(bytes, 30_000_000, 30_100_000));
                HttpResponse<byte[]> parts = server.get(url, "Range", "bytes=0-99999,30000000-30099999");
                assertThat(parts.headers().firstValue("Content-Length")).contains("" + parts.body().length);
                assertThat(new String(parts.body(), StandardCharsets.ISO_8859_1))
                        .contains(new String(bytes, 0, 100_000, StandardCharsets.ISO_8859_1))
                        .contains(new String(bytes, 30_000_000, 100_000, StandardCharsets.ISO_8859_1));
            } else {
                // The digest of a part cannot be verified, so 'Range' is ignored.
                HttpResponse<byte[]> whole = server.get(url, "Range", "bytes=30000000-30099999");
                assertThat(whole.statusCode()).isEqualTo(200);
                assertThat(Sha256.of(whole.body())).isEqualTo(patch.sha256());
            }
            assertThat(mapped(directory)).isFalse();
        }
    }

    @Test
    void bytesThatAreNotTheCatalogsAreNotServed() throws Exception {
        try (DownloadServer server = DownloadServer.on(directory)) {
            Patch old = server.add(NAME, DownloadServer.bytes(1, 1000));
            assertThat(server.get(server.signed(NAME)).statusCode()).isEqualTo(200);
            byte[] others = DownloadServer.bytes(2, 1000);
            server.store.delete(NAME);
            server.store.put(NAME, new ByteArrayInputStream(others), Sha256.of(others));

            server.catalog.put(new Patch(NAME, 1000, Sha256.of(others)), "stable");
            assertThat(server.get(server.signed(NAME)).body()).isEqualTo(others);

            Sha256 nobodys = Sha256.of(DownloadServer.bytes(3, 1000));
            server.catalog.put(new Patch(NAME, 1000, nobodys), "stable");
            HttpResponse<byte[]> broken = server.get(server.signed(NAME));
            assertThat(broken.statusCode()).isEqualTo(500);
            assertThat(new String(broken.body(), StandardCharsets.UTF_8))
                    .contains(
                            "hashes to " + Sha256.of(others) + " instead of " + nobodys,
                            "delete it and upload it again");

            server.catalog.put(new Patch(DownloadServer.name(2), 1000, old.sha256()), "stable");
            assertThat(server.get(server.signed(DownloadServer.name(2))).statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void withoutACatalogDownloadsAreUnavailable() throws Exception {
        try (DownloadServer server = DownloadServer.on(directory)) {
            server.catalog.loaded = false;

            HttpResponse<byte[]> answer = server.get(server.signed(NAME));

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        }
    }

    private static Socket request(DownloadServer server, PatchName name) throws Exception {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout(30_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        socket.getOutputStream()
                .write(("GET " + server.signed(name) + " HTTP/1.1\r\nHost: h\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String head(InputStream answer) throws Exception {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int read = answer.read();
            assertThat(read).isNotNegative();
            head.append((char) read);
        }
        return head.toString();
    }

    /** Whether this process has a file under the directory mapped, deleted or not. */
    private static boolean mapped(Path directory) throws Exception {
        return Files.readString(Path.of("/proc/self/maps")).contains(directory + "/livepatch-");
    }
}

package io.livepatch.fleet.protocol;

import static io.livepatch.fleet.ScriptedServer.answer;
import static io.livepatch.fleet.ScriptedServer.head;
import static io.livepatch.fleet.ScriptedServer.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

final class DownloadTest {
    private static final byte[] BYTES = Samples.bytes(300_000);
    private static final String ETAG = "\"" + Samples.sha256(BYTES) + "\"";

    @TempDir
    Path directory;

    @RegisterExtension
    final ClientFixture fixture = new ClientFixture();

    private final ScriptedServer server = fixture.server();

    private OfferedPatch offer() {
        return Samples.offer(BYTES, server.uri("/v1/patches/" + Samples.NAME + "?signature=secret-signature"));
    }

    private Path download(CallPolicy callPolicy) {
        return fixture.client(callPolicy)
                .download(offer(), directory, CheckInAnswer.NothingToDo::new, received -> {})
                .file();
    }

    private static CallPolicy attempts(int attempts) {
        CallPolicy quick = Samples.QUICK;
        return new CallPolicy(
                attempts, quick.backoff(), quick.maxBackoff(), quick.answer(), quick.silence(), quick.download());
    }

    private static CallPolicy silence(Duration silence) {
        return new CallPolicy(
                1, Duration.ofMillis(1), Duration.ofMillis(50), Duration.ofSeconds(20), silence, Duration.ofMinutes(1));
    }

    private static ScriptedServer.Reply whole() {
        return answer(200, BYTES, "ETag: " + ETAG);
    }

    private static ScriptedServer.Reply rest(int from) {
        return answer(
                206,
                Arrays.copyOfRange(BYTES, from, BYTES.length),
                "ETag: " + ETAG,
                "Content-Range: bytes %d-%d/%d".formatted(from, BYTES.length - 1, BYTES.length));
    }

    /** Announces the whole length, sends the first bytes, then closes the connection. */
    private static ScriptedServer.Reply cutAfter(int sent, String etag) {
        return (request, out) -> {
            out.write(head(200, BYTES.length, "ETag: " + etag));
            out.write(BYTES, 0, sent);
        };
    }

    /** Answers the requested range. */
    private static ScriptedServer.Reply requestedRange() {
        return (request, out) -> {
            String range = request.header("Range").orElseThrow();
            rest(Integer.parseInt(range.replaceAll("\\D", ""))).write(request, out);
        };
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Path part() {
        return directory.resolve(Samples.NAME + "." + Samples.sha256(BYTES).substring(0, 16) + ".part");
    }

    @Test
    void downloadedPatchIsCompleteAndPrivateWithoutPartialFiles() throws IOException {
        server.reply(whole());

        Path file = download(attempts(1));

        assertThat(file).hasBinaryContent(BYTES);
        assertThat(files()).containsExactly(Samples.NAME.fileName());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(server.lastRequest().header("Authorization")).isEmpty();
        assertThat(server.lastRequest().header("Range")).isEmpty();
    }

    @Test
    void completePatchOnDiskIsNotDownloadedAgain() {
        server.reply(whole());
        download(attempts(1));
        download(attempts(1));

        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void fileChangedOnDiskIsDownloadedAgain() throws IOException {
        server.reply(whole());
        Files.writeString(download(attempts(1)), "rotten");

        assertThat(download(attempts(1))).hasBinaryContent(BYTES);
    }

    @Test
    void interruptedDownloadIsResumed() {
        server.reply(cutAfter(100_000, ETAG), requestedRange());

        Path file = download(attempts(2));

        long kept = Long.parseLong(
                server.lastRequest().header("Range").orElseThrow().replaceAll("\\D", ""));
        assertThat(kept).isPositive().isLessThanOrEqualTo(100_000);
        assertThat(server.lastRequest().header("If-Range")).contains(ETAG);
        assertThat(file).hasBinaryContent(BYTES);
    }

    @Test
    void laterRunResumesAnInterruptedDownload() throws IOException {
        server.reply(cutAfter(100_000, ETAG));
        assertThatThrownBy(() -> download(attempts(1))).isInstanceOf(LivepatchException.Unreachable.class);
        long kept = Files.size(part());

        server.reply(requestedRange());
        Path file = download(attempts(1));

        assertThat(server.lastRequest().header("Range")).contains("bytes=" + kept + "-");
        assertThat(file).hasBinaryContent(BYTES);
    }

    @Test
    void serverWithoutRangesRestartsTheDownload() {
        server.reply(cutAfter(100_000, ETAG), whole());

        assertThat(download(attempts(2))).hasBinaryContent(BYTES);
        assertThat(server.lastRequest().header("Range")).isPresent();
    }

    @Test
    void changedEtagRestartsTheDownload() throws IOException {
        server.reply(cutAfter(100_000, "\"old\""), cutAfter(50_000, "\"new\""));
        assertThatThrownBy(() -> download(attempts(2))).isInstanceOf(LivepatchException.Unreachable.class);

        assertThat(server.lastRequest().header("If-Range")).contains("\"old\"");
        assertThat(Files.size(part())).isLessThanOrEqualTo(50_000);
        assertThat(Path.of(part() + ".etag")).hasContent("\"new\"");
    }

    @Test
    void weakEtagDoesNotResume() {
        server.reply(cutAfter(100_000, "W/" + ETAG), whole());

        assertThat(download(attempts(2))).hasBinaryContent(BYTES);
        assertThat(server.lastRequest().header("Range")).isEmpty();
    }

    @Test
    void wrongRangeRestartsTheDownload() {
        server.reply(cutAfter(100_000, ETAG), rest(7), whole());

        assertThat(download(attempts(3))).hasBinaryContent(BYTES);
        assertThat(server.lastRequest().header("Range")).isEmpty();
    }

    @Test
    void unsatisfiableRangeRestartsTheDownload() {
        server.reply(cutAfter(100_000, ETAG), answer(416, "", "Content-Range: bytes */10"), whole());

        assertThat(download(attempts(3))).hasBinaryContent(BYTES);
    }

    @Test
    void patchWithWrongDigestIsDeletedAndReported() throws IOException {
        byte[] wrong = BYTES.clone();
        wrong[1234] ^= 1;
        server.reply(answer(200, wrong, "ETag: " + ETAG));

        assertThatThrownBy(() -> download(attempts(3)))
                .isInstanceOf(LivepatchException.CorruptPatch.class)
                .hasMessageContaining(Samples.NAME.fileName())
                .hasMessageContaining(Samples.sha256(BYTES));
        assertThat(files()).isEmpty();
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void corruptPartialFileFailsOneRunOnly() throws IOException {
        server.reply(cutAfter(100_000, ETAG));
        assertThatThrownBy(() -> download(attempts(1))).isInstanceOf(LivepatchException.Unreachable.class);
        byte[] rotten = Files.readAllBytes(part());
        rotten[0] ^= 1;
        Files.write(part(), rotten);

        server.reply(requestedRange(), whole());
        assertThatThrownBy(() -> download(attempts(1))).isInstanceOf(LivepatchException.CorruptPatch.class);
        assertThat(download(attempts(1))).hasBinaryContent(BYTES);
    }

    @Test
    void verifyStoresNothing() throws IOException {
        server.reply(cutAfter(100_000, ETAG), requestedRange());

        fixture.client(attempts(2)).verify(offer(), LivepatchClient.UNLIMITED);

        assertThat(server.lastRequest().header("If-Range")).contains(ETAG);
        assertThat(files()).isEmpty();
    }

    @Test
    void verifyDetectsAWrongDigest() {
        byte[] wrong = BYTES.clone();
        wrong[1234] ^= 1;
        server.reply(answer(200, wrong, "ETag: " + ETAG));

        assertThatThrownBy(() -> fixture.client(attempts(3)).verify(offer(), LivepatchClient.UNLIMITED))
                .isInstanceOfSatisfying(
                        LivepatchException.CorruptPatch.class,
                        e -> assertThat(e.kind()).isEqualTo("wrong sha256"));
    }

    @Test
    void verifyLimitsTheRate() {
        server.reply(whole());
        long begun = System.nanoTime();

        fixture.client(attempts(1)).verify(offer(), 600_000);

        // 300,000 bytes, of which the last few are not waited for.
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(400));
    }

    @Test
    void wrongLengthIsRefusedBeforeTheFirstByte() throws IOException {
        server.reply(answer(200, Samples.bytes(400_000)));

        assertThatThrownBy(() -> download(attempts(3)))
                .isInstanceOf(LivepatchException.InvalidAnswer.class)
                .hasMessageContaining("400000")
                .hasMessageContaining("300000");
        assertThat(Files.size(part())).isZero();
    }

    @Test
    void endlessBodyIsAbortedAtTheAnnouncedSize() throws IOException {
        server.reply((request, out) -> {
            out.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            for (int i = 0; i < 1000; i++) {
                out.write(BYTES);
            }
        });

        assertThatThrownBy(() -> download(attempts(3)))
                .isInstanceOf(LivepatchException.InvalidAnswer.class)
                .hasMessageContaining("more than the 300000 bytes");
        assertThat(Files.size(part())).isLessThanOrEqualTo(BYTES.length);
    }

    @Test
    void silentDownloadIsAbortedAndKeepsItsBytes() throws IOException {
        server.reply((request, out) -> {
            cutAfter(100_000, ETAG).write(request, out);
            out.flush();
            server.hang();
        });

        assertThatThrownBy(() -> download(silence(Duration.ofMillis(300))))
                .isInstanceOf(LivepatchException.Unreachable.class)
                .hasMessageContaining("silent");
        assertThat(Files.size(part())).isEqualTo(100_000);
    }

    @Test
    void expiredUrlIsRenewedOnce() {
        AtomicInteger asked = new AtomicInteger();
        server.reply(problem(403, "this URL has expired"), whole());

        LivepatchClient.DownloadedPatch downloaded = fixture.client(attempts(1))
                .download(
                        offer(),
                        directory,
                        () -> {
                            asked.incrementAndGet();
                            return new CheckInAnswer.Apply(Samples.offer(BYTES, server.uri("/fresh")));
                        },
                        received -> {});

        assertThat(asked).hasValue(1);
        assertThat(server.lastRequest().target()).isEqualTo("/fresh");
        assertThat(downloaded.file()).hasBinaryContent(BYTES);
    }

    @Test
    void refusedRenewedUrlIsAnError() {
        server.reply(problem(403, "this URL has expired"));

        assertThatThrownBy(() -> fixture.client(attempts(1))
                        .download(offer(), directory, () -> new CheckInAnswer.Apply(offer()), received -> {}))
                .isInstanceOf(LivepatchException.Refused.class)
                .hasMessageContaining("this URL has expired")
                .message()
                .doesNotContain("secret-signature");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void busyServerIsRetried() {
        server.reply(problem(503, "draining", "Retry-After: 0"), whole());

        assertThat(download(attempts(2))).hasBinaryContent(BYTES);
    }

    @Test
    void redirectsAreFollowed() {
        server.reply(answer(302, "", "Location: /elsewhere"), whole());
        assertThat(download(attempts(1))).hasBinaryContent(BYTES);
        assertThat(server.lastRequest().target()).isEqualTo("/elsewhere");
    }

    @Test
    void redirectLoopIsAnError() {
        server.reply(answer(302, "", "Location: /elsewhere"));
        assertThatThrownBy(() -> download(attempts(3))).hasMessageContaining("redirected more than 5 times");
        assertThat(server.requests()).hasSize(6);
    }

    @Test
    void tooLargePatchOrMissingDirectoryFailsBeforeTheRequest() {
        server.reply(whole());
        OfferedPatch huge = new OfferedPatch(
                Samples.NAME,
                Samples.VERSION,
                Samples.sha256(BYTES),
                Download.MAX_SIZE + 1,
                URI.create(server.uri("/x").toString()));
        assertThatThrownBy(() -> fixture.client(attempts(1))
                        .download(huge, directory, CheckInAnswer.NothingToDo::new, received -> {}))
                .isInstanceOf(LivepatchException.InvalidAnswer.class);
        assertThatThrownBy(() -> fixture.client(attempts(1))
                        .download(
                                offer(), directory.resolve("missing"), CheckInAnswer.NothingToDo::new, received -> {}))
                .isInstanceOf(LivepatchException.DiskFailure.class)
                .hasMessageContaining("missing");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void partialFilesOfOtherBytesAreDeleted() throws IOException {
        Files.writeString(directory.resolve(Samples.NAME + ".0123456789abcdef.part"), "old");
        Files.writeString(directory.resolve(Samples.NAME + ".0123456789abcdef.part.etag"), "\"old\"");
        server.reply(whole());

        download(attempts(1));

        assertThat(files()).containsExactly(Samples.NAME.fileName());
    }

    @Test
    void symbolicLinkAsPartialFileIsNotFollowed() throws IOException {
        Path victim = Files.writeString(directory.resolve("victim"), "precious");
        Files.createSymbolicLink(part(), victim);
        server.reply(whole());

        assertThatThrownBy(() -> download(attempts(1))).isInstanceOf(LivepatchException.DiskFailure.class);
        assertThat(victim).hasContent("precious");
    }

    @Test
    void progressReachesTheSize() {
        AtomicInteger have = new AtomicInteger();
        server.reply(whole());

        fixture.client(attempts(1))
                .download(offer(), directory, CheckInAnswer.NothingToDo::new, received -> have.set((int) received));

        assertThat(have).hasValue(BYTES.length);
    }
}

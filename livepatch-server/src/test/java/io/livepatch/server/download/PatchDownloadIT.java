package io.livepatch.server.download;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PatchDownloadIT {
    private static final PatchName NAME = DownloadServer.name(1);
    private static final PatchName EMPTY = DownloadServer.name(2);
    private static final int SIZE = 100_000;
    private static final byte[] BYTES = DownloadServer.bytes(1, SIZE);

    @TempDir
    static Path directory;

    private static DownloadServer server;
    private static Patch patch;
    private static String etag;

    @BeforeAll
    static void start() throws Exception {
        server = DownloadServer.on(directory);
        patch = server.add(NAME, BYTES);
        server.add(EMPTY, new byte[0]);
        etag = '"' + patch.sha256().hex() + '"';
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void signedUrlFetchesTheWholePatch() throws Exception {
        HttpResponse<byte[]> answer = server.get(server.signed(NAME));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(BYTES);
        assertWholeHeaders(answer);
    }

    @Test
    void headAnswersTheHeadersOfGetWithoutBytes() throws Exception {
        HttpResponse<byte[]> answer = server.send("HEAD", server.signed(NAME), "Range", "bytes=0-1");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        assertWholeHeaders(answer);
    }

    private static void assertWholeHeaders(HttpResponse<byte[]> answer) {
        assertThat(header(answer, "Content-Length")).isEqualTo("" + SIZE);
        assertThat(header(answer, "ETag")).isEqualTo(etag);
        assertThat(header(answer, "Content-Type")).isEqualTo("application/x-bzip2");
        assertThat(header(answer, "Accept-Ranges")).isEqualTo("bytes");
        assertThat(header(answer, "Cache-Control")).isEqualTo("private, immutable, max-age=86400");
        assertThat(header(answer, "Repr-Digest"))
                .isEqualTo("sha-256=:"
                        + Base64.getEncoder().encodeToString(patch.sha256().bytes()) + ":");
    }

    @Test
    void emptyPatchIsFetched() throws Exception {
        HttpResponse<byte[]> answer = server.get(server.signed(EMPTY));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "Content-Length")).isEqualTo("0");
        assertProblem(server.get(server.signed(EMPTY), "Range", "bytes=0-"), 416, "0 bytes");
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 1",
        "bytes=0-99999, 0, 100000",
        "bytes=99999-, 99999, 1",
        "bytes=50000-1000000, 50000, 50000",
        "bytes=-1, 99999, 1",
        "bytes=-1000000, 0, 100000"
    })
    void singleRangeIsAnsweredWithThatPart(String range, int offset, int length) throws Exception {
        HttpResponse<byte[]> answer = server.get(server.signed(NAME), "Range", range);

        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(BYTES, offset, offset + length));
        assertThat(header(answer, "Content-Range"))
                .isEqualTo("bytes " + offset + "-" + (offset + length - 1) + "/" + SIZE);
        assertThat(header(answer, "Content-Length")).isEqualTo("" + length);
        assertThat(header(answer, "ETag")).isEqualTo(etag);
    }

    @Test
    void severalRangesAreAnsweredAsParts() throws Exception {
        HttpResponse<byte[]> answer = server.get(server.signed(NAME), "Range", "bytes=90000-, 5-9, 0-0");

        assertThat(answer.statusCode()).isEqualTo(206);
        String boundary = patch.sha256().hex();
        assertThat(header(answer, "Content-Type")).isEqualTo("multipart/byteranges; boundary=" + boundary);
        assertThat(header(answer, "Content-Length")).isEqualTo("" + answer.body().length);
        assertThat(latin(answer.body()))
                .isEqualTo(part(90_000, SIZE) + part(5, 10) + part(0, 1) + "\r\n--" + boundary + "--\r\n");
    }

    private static String part(int from, int to) {
        return "\r\n--" + patch.sha256().hex() + "\r\nContent-Type: application/x-bzip2\r\nContent-Range: bytes " + from
                + "-" + (to - 1) + "/" + SIZE + "\r\n\r\n" + latin(Arrays.copyOfRange(BYTES, from, to));
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100000-", "bytes=5-4", "bytes=x"})
    void rangeThatCannotBeIsAProblemThatNamesTheSize(String range) throws Exception {
        HttpResponse<byte[]> answer = server.get(server.signed(NAME), "Range", range);

        assertProblem(answer, 416, "");
        assertThat(header(answer, "Content-Range")).isEqualTo("bytes */" + SIZE);
    }

    @ParameterizedTest
    @CsvSource({"'\"%s\"', 206", "'W/\"%s\"', 200", "'\"other\"', 200", "'Sat, 01 Jan 2050 00:00:00 GMT', 200"})
    void rangeCountsOnlyIfTheCallerHasTheSameBytes(String ifRange, int status) throws Exception {
        HttpResponse<byte[]> answer =
                server.get(server.signed(NAME), "Range", "bytes=0-9", "If-Range", ifRange.formatted(patch.sha256()));

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).hasSize(status == 206 ? 10 : SIZE);
    }

    @ParameterizedTest
    @CsvSource({
        "If-None-Match, '\"%s\"', 304",
        "If-None-Match, 'W/\"%s\"', 304",
        "If-None-Match, '\"a,b\", \"%s\"', 304",
        "If-None-Match, '*', 304",
        "If-None-Match, '\"other\"', 200",
        "If-None-Match, '%s', 200",
        "If-Match, '\"%s\"', 200",
        "If-Match, '*', 200",
        "If-Match, '\"other\", \"%s\"', 200",
        "If-Match, '\"other\"', 412",
        "If-Match, 'W/\"%s\"', 412",
        "If-Modified-Since, 'Sat, 01 Jan 2050 00:00:00 GMT', 200"
    })
    void conditionsAreAboutTheEtag(String condition, String value, int status) throws Exception {
        for (String method : new String[] {"GET", "HEAD"}) {
            HttpResponse<byte[]> answer =
                    server.send(method, server.signed(NAME), condition, value.formatted(patch.sha256()));

            assertThat(answer.statusCode()).isEqualTo(status);
            if (status == 304) {
                assertThat(answer.body()).isEmpty();
                assertThat(header(answer, "ETag")).isEqualTo(etag);
            }
        }
    }

    @Test
    void tamperingWithAnyPartOfTheUrlIsForbidden() throws Exception {
        server.add(DownloadServer.name(3), DownloadServer.bytes(3, 10));
        String url = server.signed(NAME);
        String signature = url.substring(url.length() - 43);
        long expires = Long.parseLong(url.substring(url.indexOf("expires=") + 8, url.indexOf('&')));

        String anotherPatch = url.replace("-1.1-", "-3.1-");
        String later = url.replace("expires=" + expires, "expires=" + (expires + 1));
        String padded = url.replace("expires=", "expires=0");
        assertProblem(server.get(anotherPatch), 403, "new URL");
        assertProblem(server.get(later), 403, "new URL");
        assertProblem(server.get(padded), 403, "new URL");
        for (int i = 0; i < signature.length(); i++) {
            char other = signature.charAt(i) == 'A' ? 'B' : 'A';
            String changed = signature.substring(0, i) + other + signature.substring(i + 1);
            assertProblem(server.get(url.replace(signature, changed)), 403, "new URL");
        }
        // Decodes to the same 32 bytes.
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        char spare = alphabet.charAt(alphabet.indexOf(signature.charAt(42)) + 1);
        assertProblem(server.get(url.replace(signature, signature.substring(0, 42) + spare)), 403, "new URL");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?expires=1",
                "?signature=a",
                "?expires=&signature=",
                "?expires=x&signature=%s",
                "?expires=-1&signature=%s",
                "?expires=1&signature=a",
                "?expires=1&expires=2&signature=%s",
                "?expires=1&signature=%s&signature=%s",
                "?expires=99999999999999999999&signature=%s",
                "?expires=%%ff&signature=%s"
            })
    void malformedSignatureIsABadRequest(String query) throws Exception {
        String a = "A".repeat(43);
        assertProblem(server.get("/v1/patches/" + NAME + query.formatted(a, a)), 400, "");
    }

    @Test
    void urlIsValidUntilItExpires() throws Exception {
        String url = server.signed(NAME);

        server.clock.advance(DownloadServer.TTL.minusSeconds(1));
        assertThat(server.get(url).statusCode()).isEqualTo(200);
        server.clock.advance(java.time.Duration.ofSeconds(1));
        assertProblem(server.get(url), 403, "expired; check in again to get a new URL");
    }

    @Test
    void requestWithoutATokenIsUnauthorized() throws Exception {
        HttpResponse<byte[]> answer = server.get("/v1/patches/" + NAME);

        assertProblem(answer, 401, "machine token");
        assertThat(header(answer, "WWW-Authenticate")).startsWith("Bearer");
        assertProblem(server.get("/v1/patches/" + NAME + "?a=b"), 401, "machine token");
    }

    @Test
    void tokenDownloadsPatchesOfItsTier() throws Exception {
        String path = "/v1/patches/" + NAME;

        assertThat(server.get(path, "Authorization", "Bearer stable").body()).isEqualTo(BYTES);
        assertProblem(server.get(path, "Authorization", "Bearer edge"), 403, "tier 'edge'");
        assertProblem(server.get(path, "Authorization", "Bearer other"), 401, "");
    }

    @Test
    void unknownAndBlockedPatchesAreNotFound() throws Exception {
        PatchName blocked = DownloadServer.name(4);
        server.add(blocked, DownloadServer.bytes(4, 10));
        assertThat(server.get(server.signed(blocked)).statusCode()).isEqualTo(200);

        server.catalog.block(blocked);

        assertProblem(server.get(server.signed(blocked)), 404, blocked.fileName());
        assertProblem(server.get(server.signed(DownloadServer.name(5))), 404, "");
        assertProblem(server.get("/v1/patches/" + DownloadServer.name(5), "Authorization", "Bearer stable"), 404, "");
        assertProblem(server.get("/v1/patches/passwd", "Authorization", "Bearer stable"), 400, "patch name");
    }

    @Test
    void otherMethodsAreNotAllowed() throws Exception {
        assertProblem(server.send("PUT", server.signed(NAME)), 405, "GET, HEAD");
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("(none)");
    }

    private static void assertProblem(HttpResponse<byte[]> answer, int status, String detail) {
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(header(answer, "Content-Type")).isEqualTo("application/problem+json");
        assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains(detail);
    }
}

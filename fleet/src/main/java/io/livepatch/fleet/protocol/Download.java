package io.livepatch.fleet.protocol;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Downloads one patch to disk, or only verifies its bytes.
 *
 * <pre>
 * complete file?        done
 * partial file?         Range + If-Range: 206 → resume, 200 → restart (the patch changed, or the server has no ranges)
 * cut, silent, 5xx?     retry from the last byte
 * complete?             size and sha256 of the bytes on disk → fsync → rename → fsync of the directory
 * </pre>
 *
 * Sends no credentials: the URL is signed, and may be on another host.
 */
final class Download {
    static final int FORBIDDEN = 403;

    /** The maximum size of a patch; usual sizes are 50 KB to 5 MB. */
    static final long MAX_SIZE = 1L << 30;

    private static final int MAX_PROBLEM = 64 << 10;
    private static final int MAX_REDIRECTS = 5;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final HttpCalls httpCalls;
    private final Retrier retrier;
    private final CallPolicy callPolicy;
    private final LongConsumer progress;
    private final long bytesPerSecond;

    Download(HttpCalls httpCalls, Retrier retrier, CallPolicy callPolicy, LongConsumer progress, long bytesPerSecond) {
        this.httpCalls = httpCalls;
        this.retrier = retrier;
        this.callPolicy = callPolicy;
        this.progress = progress;
        this.bytesPerSecond = bytesPerSecond;
    }

    Path into(Path directory, OfferedPatch patch) {
        checkSize(patch);
        try {
            Path target = directory.resolve(patch.name().fileName());
            if (PartFile.matches(target, patch)) {
                return target;
            }
            try (PartFile part = PartFile.open(directory, patch)) {
                if (part.size() >= patch.size() && !part.matches(patch)) {
                    part.restart(Optional.empty());
                }
                checkFreeSpace(directory, patch.size() - part.size());
                fill(patch, part);
                return part.finish();
            }
        } catch (IOException e) {
            throw diskFailure(patch, directory.toString(), e);
        }
    }

    /**
     * Fails before the first byte. {@code Files.getFileStore} would throw in a chroot whose root is not a mount point. A file system that
     * reports no size (0) is not checked.
     */
    private static void checkFreeSpace(Path directory, long missing) throws IOException {
        File folder = directory.toFile();
        if (folder.getTotalSpace() > 0 && missing > folder.getUsableSpace()) {
            throw new IOException("no space left for " + missing + " bytes, " + folder.getUsableSpace() + " are free");
        }
    }

    void verify(OfferedPatch patch) {
        checkSize(patch);
        PatchSink.DiscardingSink bytes = new PatchSink.DiscardingSink();
        try {
            fill(patch, bytes);
        } catch (IOException e) {
            throw diskFailure(patch, bytes.location(), e);
        }
    }

    private static void checkSize(OfferedPatch patch) {
        if (patch.size() > MAX_SIZE) {
            throw new LivepatchException.InvalidAnswer(
                    "%s is larger than the maximum of %d bytes".formatted(patch, MAX_SIZE), null);
        }
    }

    private void fill(OfferedPatch patch, PatchSink part) throws IOException {
        retrier.get(() -> {
            attempt(patch, part);
            return part;
        });
        if (!part.matches(patch)) {
            part.discard();
            throw new LivepatchException.CorruptPatch(
                    "the downloaded patch '%s' does not have the announced sha256 '%s' and was deleted: try again, and if it fails again report it to the operator of '%s'"
                            .formatted(patch.name(), patch.sha256(), httpCalls.server()));
        }
    }

    private void attempt(OfferedPatch patch, PatchSink part) throws IOException {
        if (part.size() == patch.size()) {
            return;
        }
        HttpResponse<byte[]> answer = follow(patch, part);
        if (answer.statusCode() == RANGE_NOT_SATISFIABLE) {
            part.restart(Optional.empty());
            throw new LivepatchException.Unreachable(
                    "status 416", "the server no longer has the rest of '" + patch.name() + "'", null, null);
        }
        if (answer.statusCode() / 100 != 2) {
            throw FailureTranslator.of(answer.uri(), answer, httpCalls.clock());
        }
        if (part.size() < patch.size()) {
            throw new LivepatchException.Unreachable(
                    "connection reset",
                    "'%s' ended after %d of %d bytes".formatted(patch.name(), part.size(), patch.size()),
                    null,
                    null);
        }
    }

    /** Follows at most {@value #MAX_REDIRECTS} redirects, and none from https to http. */
    private HttpResponse<byte[]> follow(OfferedPatch patch, PatchSink part) throws IOException {
        URI at = patch.url();
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            HttpResponse<byte[]> answer = get(at, patch, part);
            Optional<String> location = answer.headers().firstValue("Location");
            if (answer.statusCode() / 100 != 3 || location.isEmpty()) {
                return answer;
            }
            at = next(at, location.get());
        }
        throw new LivepatchException.InvalidAnswer(
                "'%s' is redirected more than %d times".formatted(patch.name(), MAX_REDIRECTS), null);
    }

    private URI next(URI from, String location) {
        try {
            URI to = httpCalls.server().accept(from.resolve(location));
            if (from.getScheme().equalsIgnoreCase("https") && !to.getScheme().equalsIgnoreCase("https")) {
                throw new IllegalArgumentException("it leads from https to http");
            }
            return to;
        } catch (IllegalArgumentException e) {
            throw new LivepatchException.InvalidAnswer(
                    "refused the redirect of '%s': %s".formatted(ServerAddress.withoutQuery(from), e.getMessage()), e);
        }
    }

    private HttpResponse<byte[]> get(URI uri, OfferedPatch patch, PatchSink part) throws IOException {
        long have = part.size();
        Optional<String> etag = part.etag();
        HttpRequest.Builder request =
                httpCalls.request(uri).header("Accept-Encoding", "identity").GET();
        etag.ifPresent(tag -> request.header("Range", "bytes=" + have + "-").header("If-Range", tag));
        long periods = Math.max(1, callPolicy.download().dividedBy(callPolicy.silence()));
        return httpCalls.send(
                LivepatchClient.DOWNLOAD,
                request.build(),
                head -> bodyReader(head, patch, part, etag.isPresent() ? have : 0),
                callPolicy.silence(),
                periods);
    }

    private LimitedBodyReader bodyReader(
            HttpResponse.ResponseInfo head, OfferedPatch patch, PatchSink part, long from) {
        if (head.statusCode() != 200 && head.statusCode() != 206) {
            return LimitedBodyReader.inMemory(MAX_PROBLEM);
        }
        try {
            boolean all = head.statusCode() == 200;
            if (all) {
                checkLength(head.headers(), patch);
                part.restart(head.headers().firstValue("ETag"));
            } else {
                checkRange(head.headers(), patch, part, from);
            }
            return LimitedBodyReader.to(
                    bytes -> append(bytes, patch, part), patch.size() - (all ? 0 : from), bytesPerSecond);
        } catch (IOException e) {
            throw diskFailure(patch, part.location(), e);
        }
    }

    private void append(ByteBuffer bytes, OfferedPatch patch, PatchSink part) {
        try {
            part.append(bytes);
            progress.accept(part.size());
        } catch (IOException e) {
            throw diskFailure(patch, part.location(), e);
        }
    }

    private static void checkLength(HttpHeaders headers, OfferedPatch patch) {
        headers.firstValue("Content-Length").ifPresent(length -> {
            if (!length.equals(String.valueOf(patch.size()))) {
                throw new LivepatchException.InvalidAnswer(
                        "'%s' has %s bytes, expected %d"
                                .formatted(patch.name(), InputSyntax.quotable(length, 20), patch.size()),
                        null);
            }
        });
    }

    private static void checkRange(HttpHeaders headers, OfferedPatch patch, PatchSink part, long from)
            throws IOException {
        String expected = "bytes %d-%d/%d".formatted(from, patch.size() - 1, patch.size());
        String range = InputSyntax.quotable(headers.firstValue("Content-Range").orElse(""), 80);
        if (from == 0) {
            throw new LivepatchException.InvalidAnswer(
                    "the server sent range '%s' of '%s' for a request without a range".formatted(range, patch.name()),
                    null);
        }
        if (!range.equals(expected)) {
            part.restart(Optional.empty());
            throw new LivepatchException.Unreachable(
                    "wrong range",
                    "the server sent range '%s' of '%s', expected '%s'".formatted(range, patch.name(), expected),
                    null,
                    null);
        }
    }

    private static LivepatchException diskFailure(OfferedPatch patch, String location, IOException e) {
        return new LivepatchException.DiskFailure(
                "cannot store '%s' in '%s': %s; free some space or fix the permissions and try again, the download will resume"
                        .formatted(patch.name(), location, e.getMessage()),
                e);
    }
}

package io.livepatch.fleet.protocol;

import io.livepatch.fleet.protocol.PatchSink.DiscardingSink;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The way of one patch onto the disk.
 *
 * <pre>
 * there already and right? done
 * part of it there?   Range + If-Range   206 → goes on    200 → starts anew (it changed, or ranges are not known)
 * cut, silent, 5xx?   again, from where it stopped
 * whole?              size and sha256 over what is on disk → fsync → rename → fsync of the directory
 * </pre>
 *
 * Sends no credentials: the URL is signed, and may be of another host. The same way leads through memory to nowhere, for those
 * who only want to know whether the bytes are right.
 */
final class Download {
    static final int FORBIDDEN = 403;

    /** The largest patch that is taken; they are 50 KB to 5 MB. */
    static final long MAX_SIZE = 1L << 30;

    private static final int MAX_PROBLEM = 64 << 10;
    private static final int MAX_REDIRECTS = 5;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final ServerAddress server;
    private final HttpCalls httpCalls;
    private final Retrier retrier;
    private final CallPolicy callPolicy;
    private final InstantSource clock;
    private final Requests requests;
    private final DownloadListener listener;
    private final long bytesPerSecond;

    Download(
            ServerAddress server,
            HttpCalls httpCalls,
            Requests requests,
            Retrier retrier,
            CallPolicy callPolicy,
            InstantSource clock,
            DownloadListener listener,
            long bytesPerSecond) {
        this.server = server;
        this.httpCalls = httpCalls;
        this.requests = requests;
        this.bytesPerSecond = bytesPerSecond;
        this.retrier = retrier;
        this.callPolicy = callPolicy;
        this.clock = clock;
        this.listener = listener;
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
                checkRoom(directory, patch.size() - part.size());
                fill(patch, part);
                return part.finish();
            }
        } catch (IOException e) {
            throw notKept(patch, directory.toString(), e);
        }
    }

    /**
     * Refuses before the first byte. {@code Files.getFileStore} would throw in a chroot whose root is no mount point. A file system that
     * reports no size (0) is not judged: writing to it shows whether there is room.
     */
    private static void checkRoom(Path directory, long missing) throws IOException {
        File place = directory.toFile();
        if (place.getTotalSpace() > 0 && missing > place.getUsableSpace()) {
            throw new IOException("no space left for " + missing + " bytes, " + place.getUsableSpace() + " are free");
        }
    }

    void intoNothing(OfferedPatch patch) {
        checkSize(patch);
        DiscardingSink bytes = new DiscardingSink();
        try {
            fill(patch, bytes);
        } catch (IOException e) {
            throw notKept(patch, bytes.place(), e);
        }
    }

    private static void checkSize(OfferedPatch patch) {
        if (patch.size() > MAX_SIZE) {
            throw new LivepatchException.InvalidAnswer(
                    "%s is larger than the %d bytes that are taken".formatted(patch, MAX_SIZE), null);
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
                    "patch '%s' is not what was announced: the sha256 of what came is not '%s'; it was deleted, try again, and if that repeats tell the operator of '%s'"
                            .formatted(patch.name(), patch.sha256(), server));
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
                    "status 416", "the rest of '" + patch.name() + "' is not there any more", null, null);
        }
        if (answer.statusCode() / 100 != 2) {
            throw FailureTranslator.of(answer.uri(), answer, clock);
        }
        if (part.size() < patch.size()) {
            throw new LivepatchException.Unreachable(
                    "connection reset",
                    "'%s' ended after %d of %d bytes".formatted(patch.name(), part.size(), patch.size()),
                    null,
                    null);
        }
    }

    /** Follows redirects by hand: never from https to http, and never for ever. */
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
            URI to = server.accept(from.resolve(location));
            if (from.getScheme().equalsIgnoreCase("https") && !to.getScheme().equalsIgnoreCase("https")) {
                throw new IllegalArgumentException("leads from https to http");
            }
            return to;
        } catch (IllegalArgumentException e) {
            throw new LivepatchException.InvalidAnswer(
                    "the redirect of '%s' is not followed: %s"
                            .formatted(ServerAddress.withoutQuery(from), e.getMessage()),
                    e);
        }
    }

    private HttpResponse<byte[]> get(URI uri, OfferedPatch patch, PatchSink part) throws IOException {
        long have = part.size();
        Optional<String> etag = part.etag();
        HttpRequest.Builder request =
                requests.to(uri).header("Accept-Encoding", "identity").GET();
        etag.ifPresent(tag -> request.header("Range", "bytes=" + have + "-").header("If-Range", tag));
        long periods = Math.max(1, callPolicy.download().dividedBy(callPolicy.silence()));
        return httpCalls.send(
                LivepatchClient.DOWNLOAD,
                request.build(),
                head -> intake(head, patch, part, etag.isPresent() ? have : 0),
                callPolicy.silence(),
                periods);
    }

    private LimitedBodyReader intake(HttpResponse.ResponseInfo head, OfferedPatch patch, PatchSink part, long from) {
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
            throw notKept(patch, part.place(), e);
        }
    }

    private void append(ByteBuffer bytes, OfferedPatch patch, PatchSink part) {
        try {
            part.append(bytes);
            listener.progress(part.size(), patch.size());
        } catch (IOException e) {
            throw notKept(patch, part.place(), e);
        }
    }

    private static void checkLength(HttpHeaders headers, OfferedPatch patch) {
        headers.firstValue("Content-Length").ifPresent(length -> {
            if (!length.equals(String.valueOf(patch.size()))) {
                throw new LivepatchException.InvalidAnswer(
                        "'%s' has %s bytes where %d were announced"
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
                    "the server sent range '%s' of '%s' where all of it was asked for".formatted(range, patch.name()),
                    null);
        }
        if (!range.equals(expected)) {
            part.restart(Optional.empty());
            throw new LivepatchException.Unreachable(
                    "wrong range",
                    "the server sent range '%s' of '%s' where '%s' was asked for"
                            .formatted(range, patch.name(), expected),
                    null,
                    null);
        }
    }

    private static LivepatchException notKept(OfferedPatch patch, String place, IOException e) {
        return new LivepatchException.DiskFailure(
                "cannot keep '%s' in '%s': %s; what came so far is kept, so make room or give the right to write there, and run it again"
                        .formatted(patch.name(), place, e.getMessage()),
                e);
    }
}

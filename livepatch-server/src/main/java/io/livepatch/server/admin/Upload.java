package io.livepatch.server.admin;

import io.livepatch.common.file.Digests;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** The upload of one file: it is hashed first, then streamed. */
final class Upload {
    private static final int BUFFER = 64 << 10;

    private final PatchName name;
    private final Path file;
    private final long size;
    private final Sha256 digest;
    private final boolean force;
    private final LongConsumer listener;
    private final AtomicLong sent = new AtomicLong();

    private Upload(PatchName name, Path file, long size, Sha256 digest, boolean force, LongConsumer listener) {
        this.name = name;
        this.file = file;
        this.size = size;
        this.digest = digest;
        this.force = force;
        this.listener = listener;
    }

    /**
     * Reads the file once, for its digest.
     *
     * @param force whether the server accepts an unusual patch
     * @param listener is passed the number of bytes of each piece that was sent
     */
    static Upload of(PatchName name, Path file, boolean force, LongConsumer listener) {
        MessageDigest digest = Digests.sha256();
        long size = 0;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
                size += read;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '" + file + "': " + e, e);
        }
        if (size == 0) {
            throw AdminException.refused(
                    "'" + file + "' is empty; expected a tar, compressed with bzip2, with one kernel module");
        }
        return new Upload(name, file, size, Sha256.from(digest.digest()), force, listener);
    }

    String path() {
        return AdminApi.path(name) + (force ? "?force=true" : "");
    }

    Sha256 digest() {
        return digest;
    }

    long sent() {
        return sent.get();
    }

    /** RFC 9530: {@code sha-256=:<base64>:}. */
    String digestField() {
        return "sha-256=:" + Base64.getEncoder().encodeToString(digest.bytes()) + ":";
    }

    HttpRequest.BodyPublisher body() {
        try {
            HttpRequest.BodyPublisher bytes = HttpRequest.BodyPublishers.ofFile(file);
            return HttpRequest.BodyPublishers.fromPublisher(
                    subscriber -> bytes.subscribe(new Counting(subscriber)), size);
        } catch (FileNotFoundException e) {
            throw new UncheckedIOException("cannot read '" + file + "': " + e, e);
        }
    }

    private void count(long bytes) {
        sent.addAndGet(bytes);
        listener.accept(bytes);
    }

    private final class Counting implements Flow.Subscriber<ByteBuffer> {
        private final Flow.Subscriber<? super ByteBuffer> next;

        Counting(Flow.Subscriber<? super ByteBuffer> next) {
            this.next = next;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            next.onSubscribe(subscription);
        }

        @Override
        public void onNext(ByteBuffer bytes) {
            int length = bytes.remaining();
            next.onNext(bytes);
            count(length);
        }

        @Override
        public void onError(Throwable failure) {
            next.onError(failure);
        }

        @Override
        public void onComplete() {
            next.onComplete();
        }
    }
}

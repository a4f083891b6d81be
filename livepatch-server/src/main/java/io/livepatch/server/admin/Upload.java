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

/** One file on its way to the server: hashed before, streamed after, never held whole. */
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
     * @param force whether the server shall accept a patch that is unusual
     * @param listener hears how many more bytes went out
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

    /** The route that takes it. */
    String path() {
        return InputNames.path(name) + (force ? "?force=true" : "");
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

    /** Hands everything on, and counts. */
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

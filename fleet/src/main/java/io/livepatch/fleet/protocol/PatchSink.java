package io.livepatch.fleet.protocol;

import io.livepatch.common.file.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/** The destination of one download; knows how many bytes it has. */
interface PatchSink {
    // RFC 9110, 8.8.3; a weak ETag does not identify bytes, so it cannot be used to resume.
    Pattern STRONG_ETAG = Pattern.compile("\"[\\x21\\x23-\\x7e]{1,200}\"");

    long size() throws IOException;

    /** The strong ETag of the bytes so far; empty if the download cannot be resumed. */
    Optional<String> etag() throws IOException;

    /** Drops all bytes and records the ETag of those that follow. */
    void restart(Optional<String> etag) throws IOException;

    void append(ByteBuffer bytes) throws IOException;

    /** Whether size and digest are those of the patch. */
    boolean matches(OfferedPatch patch) throws IOException;

    /** Deletes the bytes. */
    void discard() throws IOException;

    /** The destination, for messages. */
    String location();

    static Optional<String> strong(Optional<String> etag) {
        return etag.filter(tag -> STRONG_ETAG.matcher(tag).matches());
    }

    /** Computes the digest and stores nothing, for simulated machines. */
    final class DiscardingSink implements PatchSink {
        private final MessageDigest digest = Digests.sha256();
        private Optional<String> etag = Optional.empty();
        private long size;

        @Override
        public synchronized long size() {
            return size;
        }

        @Override
        public synchronized Optional<String> etag() {
            return size == 0 ? Optional.empty() : etag;
        }

        @Override
        public synchronized void restart(Optional<String> newEtag) {
            digest.reset();
            size = 0;
            etag = PatchSink.strong(newEtag);
        }

        @Override
        public synchronized void append(ByteBuffer bytes) {
            size += bytes.remaining();
            digest.update(bytes);
        }

        /** Call it once: it resets the digest. */
        @Override
        public synchronized boolean matches(OfferedPatch patch) {
            return size == patch.size()
                    && HexFormat.of().formatHex(digest.digest()).equals(patch.sha256());
        }

        @Override
        public void discard() {
            restart(Optional.empty());
        }

        @Override
        public String location() {
            return "memory";
        }
    }
}

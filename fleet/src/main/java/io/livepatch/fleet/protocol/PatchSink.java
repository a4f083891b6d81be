package io.livepatch.fleet.protocol;

import io.livepatch.common.file.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/** Takes the bytes of one patch from its first to its last, and can tell how far it is. */
interface PatchSink {
    // RFC 9110, 8.8.3; a weak one says nothing about bytes, so it is as good as none.
    Pattern STRONG_ETAG = Pattern.compile("\"[\\x21\\x23-\\x7e]{1,200}\"");

    /** Bytes so far. */
    long size() throws IOException;

    /** What the bytes so far belong to; empty if the rest of them cannot be asked for. */
    Optional<String> etag() throws IOException;

    /** Forgets all bytes; those that come now belong to that ETag. */
    void restart(Optional<String> etag) throws IOException;

    void append(ByteBuffer bytes) throws IOException;

    /** Whether the bytes are those that were announced. */
    boolean matches(OfferedPatch patch) throws IOException;

    /** They are not. */
    void discard() throws IOException;

    /** Where the bytes go, for messages. */
    String place();

    static Optional<String> strong(Optional<String> etag) {
        return etag.filter(tag -> STRONG_ETAG.matcher(tag).matches());
    }

    /** Looks at the bytes of a patch and keeps none: a machine that is only simulated has no use for them. */
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
        public synchronized void restart(Optional<String> given) {
            digest.reset();
            size = 0;
            etag = PatchSink.strong(given);
        }

        @Override
        public synchronized void append(ByteBuffer bytes) {
            size += bytes.remaining();
            digest.update(bytes);
        }

        /** To be asked once: the digest begins anew. */
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
        public String place() {
            return "memory";
        }
    }
}

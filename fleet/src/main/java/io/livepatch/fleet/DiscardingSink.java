package io.livepatch.fleet;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;

/** Looks at the bytes of a patch and keeps none: a machine that is only simulated has no use for them. */
final class DiscardingSink implements PatchSink {
    private final MessageDigest digest = FileDigest.fresh();
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
        return size == patch.size() && HexFormat.of().formatHex(digest.digest()).equals(patch.sha256());
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

package io.livepatch.server.download;

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;

/** The bytes of a patch, held for a download. */
sealed interface OpenPatch permits MappedPatch, StreamedPatch {

    /** Writes this range without blocking the caller, then completes the callback. */
    void send(Content.Sink sink, ByteRange range, boolean last, Callback callback);

    /** Whether parts of it can be sent by themselves, and not only all of it. */
    boolean inParts();

    /** This download is over. Never blocks. */
    void release();
}

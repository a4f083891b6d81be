package io.livepatch.server.download;

import io.livepatch.storage.Patch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingNestedCallback;

/** Several ranges as {@code multipart/byteranges} (RFC 9110, section 14.6). */
record Multipart(Patch patch, List<ByteRange> ranges, String partType) {

    /** The digest as boundary: a patch that happens to hold its own digest would be a feat. */
    String contentType() {
        return "multipart/byteranges; boundary=" + patch.sha256().hex();
    }

    long contentLength() {
        long length = end().length;
        for (ByteRange range : ranges) {
            length += head(range).length + range.length();
        }
        return length;
    }

    /** Writes all of it, then completes the callback. */
    void send(OpenPatch open, Content.Sink sink, Callback callback) {
        new Sending(open, sink, callback).iterate();
    }

    private byte[] head(ByteRange range) {
        return ascii("\r\n--" + patch.sha256().hex() + "\r\nContent-Type: " + partType + "\r\nContent-Range: "
                + range.contentRange(patch.size()) + "\r\n\r\n");
    }

    private byte[] end() {
        return ascii("\r\n--" + patch.sha256().hex() + "--\r\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Head and bytes in turn, then the end. */
    private final class Sending extends IteratingNestedCallback {
        private final OpenPatch open;
        private final Content.Sink sink;
        private int step;

        Sending(OpenPatch open, Content.Sink sink, Callback callback) {
            super(callback);
            this.open = open;
            this.sink = sink;
        }

        @Override
        protected Action process() {
            int part = step / 2;
            boolean head = step++ % 2 == 0;
            if (part < ranges.size() && head) {
                sink.write(false, ByteBuffer.wrap(head(ranges.get(part))), this);
            } else if (part < ranges.size()) {
                open.send(sink, ranges.get(part), false, this);
            } else if (head) {
                sink.write(true, ByteBuffer.wrap(end()), this);
            } else {
                return Action.SUCCEEDED;
            }
            return Action.SCHEDULED;
        }
    }
}

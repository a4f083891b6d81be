package io.livepatch.server.download;

import io.livepatch.server.download.OpenPatches.OpenPatch;
import io.livepatch.server.download.RangeSelection.ByteRange;
import io.livepatch.server.http.Exchange;
import io.livepatch.storage.Patch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingNestedCallback;

/**
 * The answers about one patch that are not problems. Written here and not by Jetty's {@code ResourceService}: that one answers
 * If-Match, weak If-Range and bad ranges otherwise than this API says, and has no bound on the number of ranges.
 */
final class PatchAnswer {
    private static final String TYPE = "application/x-bzip2";
    private static final PreEncodedHttpField CONTENT_TYPE = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, TYPE);
    private static final PreEncodedHttpField ACCEPT_RANGES = new PreEncodedHttpField(HttpHeader.ACCEPT_RANGES, "bytes");
    /** Private, since a cache between us and the machines would not ask us who may. */
    private static final PreEncodedHttpField CACHE_CONTROL =
            new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "private, immutable, max-age=86400");

    private final Exchange exchange;
    private final Patch patch;
    private final String etag;

    PatchAnswer(Exchange exchange, Patch patch) {
        this.exchange = exchange;
        this.patch = patch;
        this.etag = '"' + patch.sha256().hex() + '"';
    }

    /** A strong one: the same on every unit, and for these bytes only. */
    String etag() {
        return etag;
    }

    /** What a GET asks for. */
    RangeSelection selection() {
        HttpFields sent = exchange.request().getHeaders();
        String range = sent.get(HttpHeader.RANGE);
        return range == null || !Preconditions.rangeApplies(sent, etag)
                ? new RangeSelection.Whole()
                : RangeSelection.of(range, patch.size());
    }

    void notModified() {
        validators();
        exchange.empty(304);
    }

    /** Go there instead; not kept by anybody, since the URL is for this caller and for a while. */
    void redirect(String location) {
        headers().put(HttpHeader.LOCATION, location);
        headers().put(HttpHeader.CACHE_CONTROL, "no-store");
        exchange.empty(307);
    }

    void head() {
        representation(200, patch.size());
        exchange.response().write(true, null, exchange.callback());
    }

    /** All bytes. Releases the patch. */
    void whole(OpenPatch open) {
        representation(200, patch.size());
        open.send(exchange.response(), new ByteRange(0, patch.size()), true, releasing(open));
    }

    /** These ranges. Releases the patch. */
    void parts(OpenPatch open, List<ByteRange> ranges) {
        if (ranges.size() == 1) {
            ByteRange range = ranges.getFirst();
            representation(206, range.length());
            headers().put(HttpHeader.CONTENT_RANGE, range.contentRange(patch.size()));
            open.send(exchange.response(), range, true, releasing(open));
        } else {
            Multipart multipart = new Multipart(patch, ranges, TYPE);
            representation(206, multipart.contentLength());
            headers().put(HttpHeader.CONTENT_TYPE, multipart.contentType());
            multipart.send(open, exchange.response(), releasing(open));
        }
    }

    private Callback releasing(OpenPatch open) {
        return Callback.from(exchange.callback(), open::release);
    }

    private void representation(int status, long contentLength) {
        exchange.response().setStatus(status);
        validators();
        headers().put(CONTENT_TYPE);
        headers().put(ACCEPT_RANGES);
        headers()
                .put(
                        "Repr-Digest",
                        "sha-256=:"
                                + Base64.getEncoder()
                                        .encodeToString(patch.sha256().bytes()) + ":");
        headers().put(HttpHeader.CONTENT_LENGTH, contentLength);
    }

    private void validators() {
        headers().put(HttpHeader.ETAG, etag);
        headers().put(CACHE_CONTROL);
    }

    private HttpFields.Mutable headers() {
        return exchange.response().getHeaders();
    }

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

    /**
     * The conditions of a request against an ETag (RFC 9110, section 13). Those by date are ignored, since a patch has no date: what
     * is under an ETag never changes. Pure.
     */
    enum Preconditions {
        /** Answer as asked. */
        MET,
        /** The caller has it: 304. */
        NOT_MODIFIED,
        /** The caller wanted another one: 412. */
        FAILED;

        private static final Pattern ENTITY_TAG = Pattern.compile("(?:W/)?\"[^\"]*\"|\\*");

        /** In the order of section 13.2.2. */
        static Preconditions of(HttpFields request, String etag) {
            List<String> match = etags(request, HttpHeader.IF_MATCH);
            if (!match.isEmpty() && !match.contains("*") && !match.contains(etag)) {
                return FAILED;
            }
            List<String> noneMatch = etags(request, HttpHeader.IF_NONE_MATCH);
            return noneMatch.contains("*") || noneMatch.contains(etag) || noneMatch.contains("W/" + etag)
                    ? NOT_MODIFIED
                    : MET;
        }

        private static List<String> etags(HttpFields request, HttpHeader header) {
            return ENTITY_TAG
                    .matcher(String.join(",", request.getValuesList(header)))
                    .results()
                    .map(MatchResult::group)
                    .toList();
        }

        /** Whether a {@code Range} counts: it does not if {@code If-Range} names another ETag, a weak one, or a date. */
        static boolean rangeApplies(HttpFields request, String etag) {
            String ifRange = request.get(HttpHeader.IF_RANGE);
            return ifRange == null || ifRange.strip().equals(etag);
        }
    }
}

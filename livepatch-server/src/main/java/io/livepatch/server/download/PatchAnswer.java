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
 * The successful answers about one patch. Jetty's {@code ResourceService} is not used: it handles If-Match, weak If-Range and invalid
 * ranges differently from this API, and does not limit the number of ranges.
 */
final class PatchAnswer {
    private static final String TYPE = "application/x-bzip2";
    private static final PreEncodedHttpField CONTENT_TYPE = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, TYPE);
    private static final PreEncodedHttpField ACCEPT_RANGES = new PreEncodedHttpField(HttpHeader.ACCEPT_RANGES, "bytes");
    /** Private, since a shared cache would not check the credentials. */
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

    /** A strong ETag, the same on every unit. */
    String etag() {
        return etag;
    }

    RangeSelection selection() {
        HttpFields sent = exchange.request().getHeaders();
        String range = sent.get(HttpHeader.RANGE);
        return range == null || !Precondition.rangeApplies(sent, etag)
                ? new RangeSelection.Whole()
                : RangeSelection.of(range, patch.size());
    }

    void notModified() {
        validators();
        exchange.empty(304);
    }

    /** Not cacheable: the URL is for this client and expires. */
    void redirect(String location) {
        headers().put(HttpHeader.LOCATION, location);
        headers().put(HttpHeader.CACHE_CONTROL, "no-store");
        exchange.empty(307);
    }

    void head() {
        representation(200, patch.size());
        exchange.response().write(true, null, exchange.callback());
    }

    /** Sends all bytes and releases the patch. */
    void whole(OpenPatch open) {
        representation(200, patch.size());
        open.send(exchange.response(), new ByteRange(0, patch.size()), true, releasing(open));
    }

    /** Sends these ranges and releases the patch. */
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

        /** The boundary is the digest: no patch contains its own digest. */
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

        void send(OpenPatch open, Content.Sink sink, Callback callback) {
            new Sender(open, sink, callback).iterate();
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

        /** Writes head and bytes of each part alternately, then the end. */
        private final class Sender extends IteratingNestedCallback {
            private final OpenPatch open;
            private final Content.Sink sink;
            private int step;

            Sender(OpenPatch open, Content.Sink sink, Callback callback) {
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
     * Evaluates the preconditions of a request against an ETag (RFC 9110, section 13). Conditions by date are ignored: a patch has no
     * date, and the content of an ETag never changes.
     */
    enum Precondition {
        MET,
        /** 304. */
        NOT_MODIFIED,
        /** 412. */
        FAILED;

        private static final Pattern ENTITY_TAG = Pattern.compile("(?:W/)?\"[^\"]*\"|\\*");

        /** In the order of section 13.2.2. */
        static Precondition of(HttpFields request, String etag) {
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

        /** False if {@code If-Range} has another ETag, a weak one, or a date. */
        static boolean rangeApplies(HttpFields request, String etag) {
            String ifRange = request.get(HttpHeader.IF_RANGE);
            return ifRange == null || ifRange.strip().equals(etag);
        }
    }
}

package io.livepatch.server.download;

import io.livepatch.server.http.Exchange;
import io.livepatch.storage.Patch;
import java.util.Base64;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.util.Callback;

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
}

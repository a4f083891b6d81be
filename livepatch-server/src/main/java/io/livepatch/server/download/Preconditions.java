package io.livepatch.server.download;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

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

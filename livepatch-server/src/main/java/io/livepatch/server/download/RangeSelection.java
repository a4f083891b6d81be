package io.livepatch.server.download;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The bytes that a {@code Range} header selects (RFC 9110, section 14). */
sealed interface RangeSelection {

    /** All bytes: the header is absent, or has an unknown unit and must be ignored. */
    record Whole() implements RangeSelection {}

    /** At least one range, without overlaps. */
    record Parts(List<ByteRange> ranges) implements RangeSelection {
        public Parts {
            ranges = List.copyOf(ranges);
        }
    }

    /** The header is malformed, or its ranges are outside of the patch or too many. */
    record Refused(String reason) implements RangeSelection {}

    /** Section 14.2 allows to refuse more ranges: they could cost more than the whole patch. */
    int MAX_RANGES = 16;

    static RangeSelection of(String header, long size) {
        String unit = header.substring(0, Math.max(0, header.indexOf('='))).strip();
        if (!unit.toLowerCase(Locale.ROOT).equals("bytes")) {
            return new Whole();
        }
        String[] specs = header.substring(header.indexOf('=') + 1).split(",", -1);
        if (specs.length > MAX_RANGES) {
            return new Refused("at most " + MAX_RANGES + " ranges are answered at once");
        }
        List<ByteRange> ranges = new ArrayList<>();
        for (String spec : specs) {
            Matcher matcher = Spec.PATTERN.matcher(spec.strip());
            if (!matcher.matches() || Spec.backwards(matcher)) {
                return new Refused("'Range' should be like bytes=0-499, bytes=500- or bytes=-500");
            }
            Spec.range(matcher, size).ifPresent(ranges::add);
        }
        return ranges.isEmpty()
                ? new Refused("the patch has " + size + " bytes, and none of them is in the range")
                : new Parts(merged(ranges));
    }

    /** The ranges as requested; if any overlap, sorted and merged, so that no byte is sent twice. */
    private static List<ByteRange> merged(List<ByteRange> ranges) {
        List<ByteRange> joined = new ArrayList<>();
        for (ByteRange range : ranges.stream()
                .sorted(Comparator.comparingLong(ByteRange::offset))
                .toList()) {
            if (!joined.isEmpty() && range.offset() < joined.getLast().end()) {
                ByteRange last = joined.removeLast();
                joined.add(new ByteRange(last.offset(), Math.max(last.end(), range.end()) - last.offset()));
            } else {
                joined.add(range);
            }
        }
        return joined.size() == ranges.size() ? ranges : joined;
    }

    /** The syntax of one range. */
    final class Spec {
        private static final Pattern PATTERN = Pattern.compile("([0-9]+)-([0-9]*)|-([0-9]+)");
        private static final int DIGITS = 18;

        private Spec() {}

        private static boolean backwards(Matcher spec) {
            return spec.group(1) != null && !spec.group(2).isEmpty() && number(spec.group(2)) < number(spec.group(1));
        }

        private static Optional<ByteRange> range(Matcher spec, long size) {
            long first;
            long end = size;
            if (spec.group(1) == null) {
                first = Math.max(0, size - number(spec.group(3)));
            } else {
                first = number(spec.group(1));
                end = spec.group(2).isEmpty() ? size : Math.min(size, number(spec.group(2)) + 1);
            }
            return first < end ? Optional.of(new ByteRange(first, end - first)) : Optional.empty();
        }

        /** A number with too many digits is beyond the end of any patch. */
        private static long number(String digits) {
            String significant = digits.replaceFirst("^0+(?=.)", "");
            return significant.length() > DIGITS ? Long.MAX_VALUE - 1 : Long.parseLong(significant);
        }
    }

    /**
     * A range of the bytes of a patch.
     */
    record ByteRange(long offset, long length) {
        public ByteRange {
            if (offset < 0 || length < 0) {
                throw new IllegalArgumentException("range of " + length + " bytes from " + offset);
            }
        }

        long end() {
            return offset + length;
        }

        /** The value of {@code Content-Range}. */
        String contentRange(long size) {
            return "bytes " + offset + "-" + (end() - 1) + "/" + size;
        }
    }
}

package io.livepatch.server.patch.inspect;

import io.livepatch.server.patch.inspect.Inspection.RefusedContent;
import io.livepatch.storage.BulkInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.Map;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Decompresses bzip2 data up to a limit. A file may consist of several streams (pbzip2); they are opened one by one here, not by the
 * decoder, because each allocates 4.5 MB and the decoder does not limit their number.
 */
final class Bzip2Stream extends BulkInputStream {
    private static final Map<String, String> FORMATS = Map.of(
            "1f8b", "gzip",
            "fd377a58", "xz",
            "28b52ffd", "zstd",
            "504b0304", "zip",
            "7f454c46", "ELF (a bare module?)");
    private static final byte[] MAGIC = {'B', 'Z', 'h'};

    private final UploadTee upload;
    private final long limit;
    private @Nullable InputStream stream;
    private int streams;
    private long count;
    private long allowed = Long.MAX_VALUE;

    Bzip2Stream(UploadTee upload, long limit) {
        this.upload = upload;
        this.limit = limit;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        InputStream current = stream == null ? open() : stream;
        while (current != null) {
            int read = current.read(target, offset, length);
            if (read > 0) {
                count(read);
                return read;
            }
            current = open();
        }
        return -1;
    }

    /** Limits the bytes that may be read from now on: the tar library holds the headers of an entry in memory. */
    void allow(long bytes) {
        allowed = bytes;
    }

    private void count(int read) throws RefusedContent {
        count += read;
        allowed -= read;
        if (count > limit) {
            throw new RefusedContent("the bzip2 data expands to more than " + limit
                    + " bytes (four times server.max-patch-size, and at least 64 MiB)");
        }
        if (allowed < 0) {
            throw new RefusedContent(
                    "the tar has headers of more than " + InspectionLimits.HEADERS + " bytes before one entry");
        }
    }

    /** The next stream; null at the end of the file. */
    private @Nullable InputStream open() throws IOException {
        stream = null;
        byte[] begin = upload.peek();
        if (begin.length == 0 && streams > 0) {
            return null;
        }
        if (begin.length < MAGIC.length || begin[0] != MAGIC[0] || begin[1] != MAGIC[1] || begin[2] != MAGIC[2]) {
            throw new RefusedContent(streams == 0 ? noBzip2(begin) : "other bytes follow the end of the bzip2 data");
        }
        if (streams++ == InspectionLimits.STREAMS) {
            throw new RefusedContent("the file consists of more than " + InspectionLimits.STREAMS + " bzip2 streams");
        }
        InputStream opened = new BZip2CompressorInputStream(upload);
        stream = opened;
        return opened;
    }

    private static String noBzip2(byte[] begin) {
        if (begin.length == 0) {
            return "the file is empty";
        }
        String hex = HexFormat.of().formatHex(begin);
        String known = FORMATS.entrySet().stream()
                .filter(format -> hex.startsWith(format.getKey()))
                .map(format -> ", as " + format.getValue() + " does")
                .findFirst()
                .orElse("");
        return "the file is not compressed with bzip2: it begins with " + hex + known;
    }
}

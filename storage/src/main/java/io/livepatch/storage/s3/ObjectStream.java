package io.livepatch.storage.s3;

import io.livepatch.storage.BulkInputStream;
import io.livepatch.storage.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A stream over a range of an object. When the connection breaks, it resumes at its position with a request for the same object. It never
 * ends before all bytes of the range have been read.
 */
final class ObjectStream extends BulkInputStream {
    /** Few, since the SDK retries each request itself. */
    static final int RESUMPTIONS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(ObjectStream.class);

    private final Bucket bucket;
    private final StoredObject object;
    private final long end;
    private long position;
    private int resumptions;
    private boolean closed;
    private ResponseInputStream<GetObjectResponse> answer;

    private ObjectStream(
            Bucket bucket, StoredObject object, long offset, long end, ResponseInputStream<GetObjectResponse> answer) {
        this.bucket = bucket;
        this.object = object;
        this.position = offset;
        this.end = end;
        this.answer = answer;
    }

    static ObjectStream open(Bucket bucket, StoredObject object, long offset, long length) {
        try {
            return new ObjectStream(bucket, object, offset, offset + length, request(bucket, object, offset, length));
        } catch (SdkException e) {
            if (isGone(e)) {
                throw new StoreException.NotFound(object.patch().name(), "patch store in " + bucket.location());
            }
            throw S3ErrorTranslator.translate("reading patch '" + object.patch().name() + "'", bucket.location(), e);
        }
    }

    private static boolean isGone(SdkException e) {
        return e instanceof S3Exception answer
                && (answer.statusCode() == 412 || S3ErrorTranslator.code(answer).equals("NoSuchKey"));
    }

    private static ResponseInputStream<GetObjectResponse> request(
            Bucket bucket, StoredObject object, long offset, long length) {
        ResponseInputStream<GetObjectResponse> answer = bucket.get(object, offset, length);
        if (answer.response().contentLength() != length) {
            answer.abort();
            throw new StoreException.Unavailable(
                    bucket.location() + " answered a request for " + length + " bytes of patch '"
                            + object.patch().name() + "' with "
                            + answer.response().contentLength()
                            + "; use a server that supports range requests",
                    null);
        }
        return answer;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (closed) {
            throw new IOException("the stream of patch '" + object.patch().name() + "' is closed");
        }
        if (length == 0) {
            return 0;
        }
        if (position == end) {
            return -1;
        }
        while (true) {
            try {
                int read = answer.read(target, offset, (int) Math.min(length, end - position));
                if (read < 0) {
                    // Not expected: the SDK compares the length itself.
                    throw new EOFException("the answer ended early");
                }
                position += read;
                return read;
            } catch (IOException | SdkException e) {
                resume(e);
            }
        }
    }

    private void resume(Exception cause) throws IOException {
        answer.abort();
        String broken = "patch '" + object.patch().name() + "' from " + bucket.location() + " broke off before byte "
                + position;
        if (resumptions == RESUMPTIONS) {
            throw new IOException(broken + ", for the " + (RESUMPTIONS + 1) + "th time: " + cause.getMessage(), cause);
        }
        resumptions++;
        LOG.info("{}, resuming there: {}", broken, cause.getMessage());
        try {
            answer = request(bucket, object, position, end - position);
        } catch (SdkException | StoreException | IllegalStateException e) {
            e.addSuppressed(cause);
            String why = e instanceof SdkException sdk && isGone(sdk) ? "it was deleted meanwhile" : e.getMessage();
            throw new IOException(broken + ", and cannot be resumed: " + why, e);
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            if (position == end) {
                // The answer was read to its end, so the connection can be reused.
                answer.close();
            } else {
                answer.abort();
            }
        }
    }
}

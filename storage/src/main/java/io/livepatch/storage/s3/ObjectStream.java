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
 * A range of an object. When the connection breaks, it goes on where it was, with a request for the same object; it never comes
 * to an end before its bytes did.
 */
final class ObjectStream extends BulkInputStream {
    /** Each of them is a request with repetitions of its own, so more would only make a broken network look slow. */
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
            if (gone(e)) {
                throw new StoreException.NotFound(object.patch().name(), "patch store in " + bucket.place());
            }
            throw S3ErrorTranslator.of("reading patch '" + object.patch().name() + "'", bucket.place(), e);
        }
    }

    private static boolean gone(SdkException e) {
        return e instanceof S3Exception answer
                && (answer.statusCode() == 412 || S3ErrorTranslator.code(answer).equals("NoSuchKey"));
    }

    private static ResponseInputStream<GetObjectResponse> request(
            Bucket bucket, StoredObject object, long offset, long length) {
        ResponseInputStream<GetObjectResponse> answer = bucket.get(object, offset, length);
        if (answer.response().contentLength() != length) {
            answer.abort();
            throw new StoreException.Unavailable(
                    bucket.place() + " answered a request for " + length + " bytes of patch '"
                            + object.patch().name() + "' with "
                            + answer.response().contentLength()
                            + "; use a server that knows ranges",
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
                    // The SDK should have noticed before.
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
        String broken =
                "patch '" + object.patch().name() + "' from " + bucket.place() + " broke off before byte " + position;
        if (resumptions == RESUMPTIONS) {
            throw new IOException(broken + ", for the " + (RESUMPTIONS + 1) + "th time: " + cause.getMessage(), cause);
        }
        resumptions++;
        LOG.info("{}, going on from there: {}", broken, cause.getMessage());
        try {
            answer = request(bucket, object, position, end - position);
        } catch (SdkException | StoreException | IllegalStateException e) {
            e.addSuppressed(cause);
            String why = e instanceof SdkException sdk && gone(sdk) ? "it was deleted meanwhile" : e.getMessage();
            throw new IOException(broken + ", and cannot go on: " + why, e);
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            if (position == end) {
                // Read to its end, the connection can be used again.
                answer.close();
            } else {
                answer.abort();
            }
        }
    }
}

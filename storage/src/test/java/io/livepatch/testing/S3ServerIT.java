package io.livepatch.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

final class S3ServerIT {
    @Test
    void storedObjectsSurviveAKill() {
        try (S3Server server = S3Server.start();
                S3Client client = server.account().client()) {
            String bucket = server.account().newBucket();
            client.putObject(request -> request.bucket(bucket).key("kept"), RequestBody.fromString("bytes"));
            server.kill();
            server.resume();
            assertThat(client.getObjectAsBytes(request -> request.bucket(bucket).key("kept"))
                            .asUtf8String())
                    .isEqualTo("bytes");
            server.account().removeBucket(bucket);
            assertThat(client.listBuckets().buckets()).isEmpty();
        }
    }
}

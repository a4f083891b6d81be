package io.livepatch.storage.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Patches;
import io.livepatch.storage.StorageConfig;
import io.livepatch.storage.StoreException;
import io.livepatch.testing.S3Account;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Foreign objects in the bucket, credentials, leftovers of dead processes, and servers without conditional writes. */
final class S3BucketIT {
    private static final PatchName NAME = Patches.name(0);
    private static final byte[] BYTES = Patches.bytes(10_000, 1);

    private final S3Account account = S3Account.ofTests();
    private final String bucket = account.newBucket();
    private final S3Client client = account.client();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        client.close();
        account.removeBucket(bucket);
    }

    private StorageConfig.S3 config() {
        return account.config(bucket, "", directory);
    }

    private void create(String key) {
        client.putObject(request -> request.bucket(bucket).key(key), RequestBody.fromString("foreign"));
    }

    private List<String> keys() {
        return client.listObjectsV2(request -> request.bucket(bucket)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    @Test
    void foreignObjectIsNoPatchAndIsKept() {
        create(NAME.fileName());
        try (PatchStore store = S3PatchStore.open(config())) {
            assertThat(store.open(NAME)).isEmpty();
            assertThat(store.delete(NAME)).isFalse();
            assertThatThrownBy(() -> store.verify(NAME)).isInstanceOf(StoreException.NotFound.class);
            assertThatThrownBy(() -> Patches.put(store, NAME, BYTES))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContainingAll(NAME.fileName(), "exists and is not a patch", "remove it");
        }
        assertThat(keys()).contains(NAME.fileName());
    }

    @Test
    void objectsWithOtherNamesAreNotListed() {
        create("README");
        create("other/" + NAME.fileName());
        try (PatchStore store = S3PatchStore.open(config())) {
            Patches.put(store, NAME, BYTES);
            assertThat(store.list()).containsExactly(NAME);
        }
    }

    @Test
    void listReadsAllPages() {
        List<PatchName> all = IntStream.range(0, 1_001).mapToObj(Patches::name).toList();
        all.parallelStream().forEach(name -> create(name.fileName()));

        try (PatchStore store = S3PatchStore.open(config())) {
            assertThat(store.list()).isEqualTo(all);
        }
    }

    @Test
    void deletionClaimedByADeadProcessIsDoneByTheNextCall() {
        try (PatchStore store = S3PatchStore.open(config())) {
            Patches.put(store, NAME, BYTES);
            BucketLocation keys = BucketLocation.of(config());
            Bucket objects = new Bucket(client, client, keys);
            String claim = keys.claimKey(NAME, objects.find(NAME).orElseThrow().put());
            objects.create(claim, 1, Duration.ofSeconds(10));

            assertThat(new Deletion(objects, 2, 1).delete(NAME)).isTrue();

            assertThat(store.open(NAME)).isEmpty();
            assertThat(keys()).doesNotContain(claim);
        }
    }

    @Test
    void staleClaimIsRemovedByTheNextProcess() {
        String stale =
                BucketLocation.of(config()).claimKey(NAME, UUID.randomUUID().toString());
        create(stale);

        try (PatchStore store = S3PatchStore.open(config())) {
            assertThat(store.check().ok()).isTrue();
            await().until(() -> !keys().contains(stale));
        }
    }

    @Test
    void wrongSecretIsReportedWithoutShowingIt() {
        String secret = "not-the-secret";
        try (PatchStore store = S3PatchStore.open(S3Stores.withSecret(config(), secret))) {
            assertThat(store.check().problem())
                    .hasValueSatisfying(problem -> assertThat(problem)
                            .contains("SignatureDoesNotMatch", "patch-storage.s3-secret-key")
                            .doesNotContain(secret));
            assertThat(store.check().lasting()).isTrue();
            assertThatThrownBy(() -> Patches.put(store, NAME, BYTES))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContaining("patch-storage.s3-secret-key")
                    .message()
                    .doesNotContain(secret);
        }
    }

    @Test
    void missingBucketIsUnavailableAndNotEmpty() {
        try (PatchStore store = S3PatchStore.open(S3Stores.withBucket(config(), "no-such-bucket"))) {
            assertThat(store.check().problem())
                    .hasValueSatisfying(problem -> assertThat(problem).contains("no-such-bucket", "create the bucket"));
            assertThat(store.check().lasting()).isTrue();
            assertThatThrownBy(() -> store.open(NAME)).isInstanceOf(StoreException.Unavailable.class);
            assertThatThrownBy(() -> store.delete(NAME)).isInstanceOf(StoreException.Unavailable.class);
            assertThatThrownBy(store::list).isInstanceOf(StoreException.Unavailable.class);
            assertThatThrownBy(() -> Patches.put(store, NAME, BYTES))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContaining("create the bucket");
        }
    }

    @Test
    void serverThatIgnoresConditionsIsRefused() throws IOException {
        assertRefused(200, "ignores If-None-Match");
    }

    @Test
    void serverWithoutConditionsIsRefused() throws IOException {
        assertRefused(501, "refuses If-None-Match (NotImplemented)");
    }

    /** A server with one answer to all requests: the S3 server of the tests has conditional writes. */
    private void assertRefused(int status, String expected) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            byte[] body = "<Error><Code>NotImplemented</Code></Error>".getBytes(UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        URI endpoint = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        S3Account unconditional = new S3Account(endpoint, "us-east-1", true, account.keys());
        try (PatchStore store = S3PatchStore.open(unconditional.config(bucket, "", directory))) {
            assertThatThrownBy(() -> Patches.put(store, NAME, BYTES))
                    .isInstanceOf(StoreException.Unavailable.class)
                    .hasMessageContainingAll(expected, "use a server that has conditional writes");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void patchLargerThanOneRequestIsRefused() {
        try (PatchStore store = S3PatchStore.open(config(), S3Timeouts.DEFAULT, BYTES.length - 1)) {
            assertThatThrownBy(() -> Patches.put(store, NAME, BYTES))
                    .isInstanceOf(StoreException.TooLarge.class)
                    .hasMessageContainingAll(NAME.fileName(), "has 10000 bytes", "takes 9999", "nothing was stored");
            assertThat(store.open(NAME)).isEmpty();
        }
        assertThat(keys()).isEmpty();
    }

    /** Older versions made multipart uploads. */
    @Test
    void abandonedMultipartUploadIsAbortedAfterADay() {
        String upload = client.createMultipartUpload(
                        request -> request.bucket(bucket).key(NAME.fileName()))
                .uploadId();
        new AbandonedUploads(new Bucket(client, client, BucketLocation.of(config())), InstantSource.system())
                .remove()
                .join();
        assertThat(uploads()).containsExactly(upload);

        Instant tomorrow = Instant.now().plus(Duration.ofHours(25));
        new AbandonedUploads(new Bucket(client, client, BucketLocation.of(config())), InstantSource.fixed(tomorrow))
                .remove()
                .join();

        assertThat(uploads()).isEmpty();
    }

    private List<String> uploads() {
        return client.listMultipartUploads(request -> request.bucket(bucket)).uploads().stream()
                .map(MultipartUpload::uploadId)
                .toList();
    }

    @Test
    void bucketOfAnOlderVersionAcceptsPatches() {
        client.putObject(request -> request.bucket(bucket).key(".conditional-put"), RequestBody.empty());
        try (PatchStore store = S3PatchStore.open(config())) {
            assertThat(Patches.put(store, NAME, BYTES).created()).isTrue();
            assertThat(store.verify(NAME).size()).isEqualTo(BYTES.length);
        }
    }

    @Test
    void directUrlFetchesThePatchWithoutKeys() throws Exception {
        directUrlFetches(NAME);
        directUrlFetches(PatchName.parse("livepatch-5.4.0-52.37~20.04+1-generic-52.1-amd64.tar.bz2"));
    }

    private void directUrlFetches(PatchName name) throws Exception {
        try (PatchStore store = S3PatchStore.open(config());
                HttpClient http = HttpClient.newHttpClient()) {
            Patches.put(store, name, BYTES);
            URI url = store.directUrl(name, Duration.ofMinutes(1)).orElseThrow();

            HttpResponse<byte[]> answer =
                    http.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofByteArray());

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(BYTES);
            assertThat(url.toString()).doesNotContain(account.keys().secret());
        }
    }

    @Test
    void directUrlIsValidForSevenDaysAtMostAndHasTheHostOfTheBucket() {
        StorageConfig.S3 aws = new StorageConfig.S3(
                Optional.empty(),
                "eu-central-1",
                "patches",
                "prefix/",
                false,
                config().keys(),
                Optional.empty(),
                directory);
        try (PatchStore store = S3PatchStore.open(aws)) {
            assertThat(store.directUrl(NAME, Duration.ofDays(30)).orElseThrow())
                    .hasHost("patches.s3.eu-central-1.amazonaws.com")
                    .hasPath("/prefix/" + NAME.fileName())
                    .hasParameter("X-Amz-Expires", "604800");
        }
    }
}

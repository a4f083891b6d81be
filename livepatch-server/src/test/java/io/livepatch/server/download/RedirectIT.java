package io.livepatch.server.download;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.config.UrlTemplate;
import io.livepatch.server.placement.PatchSource;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchContent;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StoreException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Authorized downloads are redirected to the store, with a URL that expires no later than the authorization. */
final class RedirectIT {
    private static final PatchName NAME = DownloadServer.name(1);
    private static final byte[] BYTES = DownloadServer.bytes(1, 1000);

    @TempDir
    private Path directory;

    /** Patches with direct URLs that contain their lifetime. */
    private record Direct(PatchStore store) implements PatchSource {
        @Override
        public Optional<PatchContent> open(Patch patch) {
            return store.open(patch);
        }

        @Override
        public void recordUse(Patch patch) {}

        @Override
        public Optional<PatchContent> openBypassingCache(Patch patch) {
            return Optional.empty();
        }

        @Override
        public void recheck(Patch patch) {}

        @Override
        public Optional<URI> directUrl(PatchName name, Duration ttl) {
            return Optional.of(URI.create("https://bucket.example/" + name + "?for=" + ttl));
        }
    }

    /** Patches whose place of storage is away. */
    private record Away(PatchStore store) implements PatchSource {
        @Override
        public Optional<PatchContent> open(Patch patch) {
            return store.open(patch);
        }

        @Override
        public void recordUse(Patch patch) {}

        @Override
        public Optional<PatchContent> openBypassingCache(Patch patch) {
            return Optional.empty();
        }

        @Override
        public void recheck(Patch patch) {}

        @Override
        public Optional<URI> directUrl(PatchName name, Duration ttl) {
            throw new StoreException.Unavailable("the bucket is away", null);
        }
    }

    private DownloadServer serving(Function<PatchStore, PatchSource> source) throws Exception {
        return serving(source, DownloadServer.TEMPLATE);
    }

    private DownloadServer serving(Function<PatchStore, PatchSource> source, Optional<UrlTemplate> template)
            throws Exception {
        DownloadServer server = new DownloadServer(directory, source, true, template);
        server.add(NAME, BYTES);
        return server;
    }

    private static Optional<String> location(HttpResponse<byte[]> answer) {
        return answer.headers().firstValue("Location");
    }

    @Test
    void signedUrlRedirectsToTheStoreUntilItExpires() throws Exception {
        try (DownloadServer server = serving(Direct::new)) {
            String url = server.signed(NAME);
            server.clock.advance(DownloadServer.TTL.minusMinutes(1));

            HttpResponse<byte[]> answer = server.get(url);

            assertThat(answer.statusCode()).isEqualTo(307);
            assertThat(location(answer)).contains("https://bucket.example/" + NAME + "?for=PT1M");
            assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
            assertThat(answer.body()).isEmpty();

            server.clock.advance(Duration.ofMinutes(1));
            assertThat(server.get(url).statusCode()).isEqualTo(403);
        }
    }

    @Test
    void redirectNeedsCredentials() throws Exception {
        try (DownloadServer server = serving(Direct::new)) {
            String path = "/v1/patches/" + NAME;

            assertThat(server.get(path).statusCode()).isEqualTo(401);
            assertThat(location(server.get(path))).isEmpty();
            assertThat(server.get(path, "Authorization", "Bearer edge").statusCode())
                    .isEqualTo(403);
            assertThat(location(server.get(path, "Authorization", "Bearer stable")))
                    .contains("https://bucket.example/" + NAME + "?for=" + DownloadServer.TTL);
        }
    }

    @Test
    void requestWithoutBytesIsNotRedirected() throws Exception {
        try (DownloadServer server = serving(Direct::new)) {
            String etag = '"' + Sha256.of(BYTES).hex() + '"';

            assertThat(server.get(server.signed(NAME), "If-None-Match", etag).statusCode())
                    .isEqualTo(304);
            HttpResponse<byte[]> head = server.send("HEAD", server.signed(NAME));
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.headers().firstValue("Content-Length")).contains("1000");
        }
    }

    @Test
    void aSignedUrlIsServedHereWhereTheStoreHasNone() throws Exception {
        try (DownloadServer server = serving(StoredPatches::new)) {
            assertThat(server.get(server.signed(NAME)).body()).isEqualTo(BYTES);
        }
    }

    @Test
    void aMachineTokenLeadsToTheSignedUrlWhereTheStoreHasNone() throws Exception {
        try (DownloadServer server = serving(StoredPatches::new)) {
            HttpResponse<byte[]> answer = server.get("/v1/patches/" + NAME, "Authorization", "Bearer stable");

            assertThat(answer.statusCode()).isEqualTo(307);
            assertThat(location(answer)).contains(server.urls.url(NAME));
        }
    }

    @Test
    void aMachineTokenIsServedHereWhereTheSignedUrlWouldBeThisUnitsOwn() throws Exception {
        try (DownloadServer server = serving(StoredPatches::new, Optional.empty())) {
            HttpResponse<byte[]> answer = server.get("/v1/patches/" + NAME, "Authorization", "Bearer stable");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(BYTES);
        }
    }

    @Test
    void withoutATemplateTheStoresOwnUrlIsStillUsed() throws Exception {
        try (DownloadServer server = serving(Direct::new, Optional.empty())) {
            assertThat(location(server.get(server.signed(NAME))))
                    .contains("https://bucket.example/" + NAME + "?for=" + DownloadServer.TTL);
        }
    }

    @Test
    void unavailableStoreDoesNotPreventServingCachedPatches() throws Exception {
        try (DownloadServer server = serving(Away::new)) {
            assertThat(server.get(server.signed(NAME)).body()).isEqualTo(BYTES);
        }
    }
}

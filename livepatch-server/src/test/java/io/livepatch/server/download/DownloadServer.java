package io.livepatch.server.download;

import io.livepatch.server.ClientLimitsDefaults;
import io.livepatch.server.TestDatabase;
import io.livepatch.server.config.UrlTemplate;
import io.livepatch.server.http.HttpServer;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.placement.PatchSource;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchStore;
import io.livepatch.storage.PatchStores;
import io.livepatch.storage.Sha256;
import io.livepatch.storage.StorageConfig;
import java.io.ByteArrayInputStream;
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
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.glassfish.jersey.server.ResourceConfig;

/** A server with nothing but the download route, over HTTP, on a real store and with real keys. */
final class DownloadServer implements AutoCloseable {
    static final Duration TTL = Duration.ofMinutes(10);
    static final Optional<UrlTemplate> TEMPLATE =
            Optional.of(new UrlTemplate("https://host:8443/v1/patches/{filename}"));

    final TestClock clock = new TestClock(Instant.parse("2030-01-01T00:00:00Z"));
    final FakeCatalog catalog = new FakeCatalog();
    final PatchStore store;
    final SignedUrls urls;
    final PatchDownload download;
    /** Patches whose bytes were found to be wrong. */
    final Queue<PatchName> suspects = new ConcurrentLinkedQueue<>();

    private final TestDatabase database = TestDatabase.fresh();
    private final HttpServer server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Serves out of a fresh filesystem store in that directory, seen through {@code view}. */
    DownloadServer(Path directory, UnaryOperator<PatchStore> view) throws Exception {
        this(directory, store -> new StoredPatches(view.apply(store)), false, TEMPLATE);
    }

    DownloadServer(Path directory, Function<PatchStore, PatchSource> source, boolean redirect) throws Exception {
        this(directory, source, redirect, TEMPLATE);
    }

    /** Redirects, if enabled, to the URLs of the source. */
    DownloadServer(
            Path directory, Function<PatchStore, PatchSource> source, boolean redirect, Optional<UrlTemplate> template)
            throws Exception {
        store = PatchStores.open(new StorageConfig.Filesystem(directory, "livepatch/0"));
        SigningKeys keys = new SigningKeys(database.jdbi(), Duration.ZERO);
        keys.load();
        urls = new SignedUrls(template, TTL, keys, clock);
        download = PatchDownload.of(
                urls, new FakeMachineAuthentication(), catalog, source.apply(store), redirect, suspects::add);
        server = new HttpServer(
                new HttpServer.Settings(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Optional.empty(),
                        false,
                        1000,
                        500,
                        Duration.ofSeconds(1),
                        4,
                        ClientLimitsDefaults.DEFAULT),
                List.of(download),
                List.of(),
                new ResourceConfig(),
                new Metrics());
        server.bind();
        server.start();
    }

    static DownloadServer on(Path directory) throws Exception {
        return new DownloadServer(directory, store -> store);
    }

    static PatchName name(int version) {
        return PatchName.parse("livepatch-5.15.0-107.117-generic-" + version + ".1-amd64.tar.bz2");
    }

    /** The same bytes for the same seed. */
    static byte[] bytes(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Puts a patch into the store, and into the catalog in tier stable. */
    Patch add(PatchName name, byte[] bytes) {
        Patch patch = store.put(name, new ByteArrayInputStream(bytes), Sha256.of(bytes))
                .patch();
        catalog.put(patch, "stable");
        return patch;
    }

    int port() {
        return server.port();
    }

    /** Path and query of a signed URL. */
    String signed(PatchName name) {
        return urls.url(name).replace("https://host:8443", "");
    }

    /** The same by a key that another unit made, and this one has not read. */
    String signedByANewKey(PatchName name) {
        database.jdbi()
                .useHandle(handle ->
                        handle.execute("insert into signing_keys (secret) values (sha256('made by another unit'))"));
        SigningKeys others = new SigningKeys(database.jdbi(), Duration.ZERO);
        others.load();
        return new SignedUrls(Optional.empty(), TTL, others, clock).url(name);
    }

    HttpResponse<byte[]> get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, headers);
    }

    HttpResponse<byte[]> send(String method, String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofSeconds(60))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Override
    public void close() {
        client.close();
        server.close();
        download.close();
        store.close();
        database.close();
    }
}

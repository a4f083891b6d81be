package io.livepatch.acceptance;

import static io.livepatch.acceptance.Attack.Target.HTTPS;
import static io.livepatch.acceptance.Attack.Target.HTTPS_HTTP2;
import static io.livepatch.acceptance.Attack.Target.HTTPS_WITHOUT_TLS;
import static io.livepatch.acceptance.Attack.Target.REDIRECT;
import static io.livepatch.acceptance.Attack.Target.UNIT;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** The attack catalog: a short form with one attack of each kind, and all combinations of counts, routes and sources. */
final class Attacks {
    private static final String CONNECTIONS = "source-connections";
    private static final String RATE = "source-connection-rate";
    private static final String REQUESTS = "source-requests";
    private static final String TIMEOUT = "body-timeout";
    private static final String TOO_LARGE = "body-too-large";

    private static final String ENROLMENT = "/v1/client/x";
    private static final String CHECK_IN = "/v1/client/x/updates";
    private static final String PINGS = "/v1/client/x/pings";
    private static final String SUPPORT = "/v1/api/kernels/supported";

    // LARGE exceeds haproxy's buffer and is below the unit's limit on bodies.
    private static final int LARGE = 60_000;
    private static final int LARGE_SENT = 20_000;
    private static final int SMALL = 200;
    private static final int SMALL_SENT = 100;

    private final String largePatch;
    private final String smallPatch;
    private final SSLContext tls;

    /** Both patches are given as path and query of a signed URL. */
    Attacks(String largePatch, String smallPatch, SSLContext tls) {
        this.largePatch = largePatch;
        this.smallPatch = smallPatch;
        this.tls = tls;
    }

    /** One attack of each kind, the strongest that a few seconds allow. */
    List<Attack> oneOfEachKind() throws SSLException {
        return List.of(
                Attack.on(HTTPS, "slow large bodies", 64, 1, largeBody("POST", ENROLMENT), TOO_LARGE, TIMEOUT),
                http2Bodies(1, 1, 64, ENROLMENT, LARGE, LARGE_SENT),
                http2Bodies(11, 11, 100, CHECK_IN, LARGE, LARGE_SENT),
                Attack.on(HTTPS, "small bodies broken off", 200, 5, brokenOff("POST", CHECK_IN), TIMEOUT, REQUESTS),
                Attack.on(HTTPS_WITHOUT_TLS, "silent before TLS", 5_000, 1, AttackBehavior.silent(), CONNECTIONS, RATE),
                Attack.on(REDIRECT, "silent at the redirect port", 5_000, 50, AttackBehavior.silent(), CONNECTIONS),
                Attack.on(HTTPS, "silent after TLS", 100, 1, AttackBehavior.silent(), CONNECTIONS),
                http2Readers(11, 11, "a large patch", largePatch, 0),
                guesses(200, 1),
                rapidReset(4),
                droppedHandshakes(60, 1),
                Attack.on(UNIT, "slow large bodies", 1_100, 20, largeBody("POST", ENROLMENT)));
    }

    /** Every kind with every count, route and number of sources. */
    List<Attack> all() throws SSLException {
        List<Attack> all = new ArrayList<>(oneOfEachKind());
        addBodies(all, 64, 1);
        addBodies(all, 1_100, 1);
        addBodies(all, 1_100, 20);
        addSilence(all);
        addReaders(all, 1);
        addReaders(all, 20);
        all.add(guesses(200, 20));
        all.add(rapidReset(40));
        all.add(droppedHandshakes(200, 10));
        for (int sources : List.of(1, 20)) {
            all.add(Attack.on(UNIT, "slow large bodies", 1_100, sources, largeBody("POST", ENROLMENT)));
            all.add(Attack.on(UNIT, "small bodies broken off", 1_100, sources, brokenOff("POST", CHECK_IN)));
            all.add(Attack.on(UNIT, "slow heads", 1_100, sources, AttackBehavior.slowHead()));
            all.add(Attack.on(UNIT, "silent", 5_000, sources, AttackBehavior.silent()));
            all.add(Attack.on(UNIT, "readers a byte a second", 1_010, sources, AttackBehavior.slowReader(largePatch)));
        }
        // The short form is contained in the long one.
        Map<String, Attack> distinct = new LinkedHashMap<>();
        all.forEach(attack -> distinct.putIfAbsent(attack.toString(), attack));
        return List.copyOf(distinct.values());
    }

    private void addBodies(List<Attack> all, int connections, int sources) {
        for (String path : List.of(ENROLMENT, CHECK_IN, PINGS, SUPPORT, largePatch)) {
            all.add(bodies("slow large bodies to " + route(path), connections, sources, largeBody("POST", path)));
        }
        for (String method : List.of("GET", "PUT", "DELETE")) {
            all.add(bodies("slow large " + method, connections, sources, largeBody(method, ENROLMENT)));
            all.add(bodies(method + " broken off", connections, sources, brokenOff(method, CHECK_IN)));
        }
        all.add(bodies("GET of support broken off", connections, sources, brokenOff("GET", SUPPORT)));
        all.add(bodies("GET of a patch broken off", connections, sources, brokenOff("GET", smallPatch)));
        all.add(bodies("slow chunks", connections, sources, AttackBehavior.slowChunks(ENROLMENT, LARGE_SENT)));
        all.add(bodies("few slow chunks", connections, sources, AttackBehavior.slowChunks(CHECK_IN, SMALL_SENT)));
        int wide = Math.max(1, connections / 100);
        all.add(http2Bodies(wide, Math.min(wide, sources), 100, PINGS, LARGE, LARGE_SENT));
        all.add(http2Bodies(wide, Math.min(wide, sources), 100, CHECK_IN, SMALL, SMALL_SENT));
    }

    private void addSilence(List<Attack> all) {
        for (int sources : List.of(1, 50)) {
            all.add(Attack.on(
                    HTTPS_WITHOUT_TLS,
                    "silent before TLS",
                    5_000,
                    sources,
                    AttackBehavior.silent(),
                    CONNECTIONS,
                    RATE));
            all.add(Attack.on(
                    REDIRECT,
                    "silent at the redirect port",
                    5_000,
                    sources,
                    AttackBehavior.silent(),
                    CONNECTIONS,
                    RATE));
            all.add(Attack.on(HTTPS_WITHOUT_TLS, "slow heads without TLS", 1_100, sources, AttackBehavior.slowHead()));
            all.add(Attack.on(REDIRECT, "slow heads at the redirect port", 1_100, sources, AttackBehavior.slowHead()));
        }
        for (int sources : List.of(1, 10)) {
            all.add(Attack.on(HTTPS, "silent after TLS", 1_100, sources, AttackBehavior.silent(), CONNECTIONS, RATE));
            all.add(Attack.on(HTTPS, "slow heads", 1_100, sources, AttackBehavior.slowHead(), CONNECTIONS, RATE));
        }
    }

    private void addReaders(List<Attack> all, int sources) {
        for (String patch : List.of(largePatch, smallPatch)) {
            String size = patch.equals(largePatch) ? "a large patch" : "a small patch";
            all.add(Attack.on(
                    HTTPS, "readers a byte a second of " + size, 1_010, sources, AttackBehavior.slowReader(patch)));
            all.add(Attack.on(
                    HTTPS, "readers that never read " + size, 1_010, sources, AttackBehavior.neverReading(patch)));
            all.add(http2Readers(11, Math.min(11, sources), size, patch, 0));
            all.add(http2Readers(11, Math.min(11, sources), size, patch, 1));
        }
    }

    /** From one source they exceed its connection limits, too, which may refuse them before the body limits do. */
    private static Attack bodies(String name, int connections, int sources, AttackBehavior behavior) {
        return Attack.on(HTTPS, name, connections, sources, behavior, TOO_LARGE, TIMEOUT, REQUESTS, CONNECTIONS, RATE);
    }

    private static Attack http2Bodies(int connections, int sources, int streams, String path, int length, int first) {
        return Attack.on(
                HTTPS_HTTP2,
                "%d bodies of %d bytes on each HTTP/2 connection".formatted(streams, length),
                connections,
                sources,
                AttackBehavior.slowBodiesHttp2(streams, path, length, first),
                TOO_LARGE,
                TIMEOUT,
                REQUESTS);
    }

    private static Attack http2Readers(int connections, int sources, String size, String patch, int window) {
        return Attack.on(
                HTTPS_HTTP2,
                "100 readers of %s, a window of %d, on each HTTP/2 connection".formatted(size, window),
                connections,
                sources,
                AttackBehavior.slowReadersHttp2(100, patch, window),
                REQUESTS);
    }

    /** Guesses of the administrator's password at the unit. */
    static Attack guesses(int connections, int sources) {
        return Attack.on(UNIT, "guesses of a password", connections, sources, AttackBehavior.guess())
                .pausing(Duration.ofMillis(200));
    }

    private static Attack rapidReset(int connections) {
        return Attack.on(HTTPS_HTTP2, "rapid reset", connections, 1, AttackBehavior.rapidReset(SUPPORT));
    }

    private Attack droppedHandshakes(int connections, int sources) throws SSLException {
        return Attack.on(
                        HTTPS_WITHOUT_TLS,
                        "handshakes dropped",
                        connections,
                        sources,
                        AttackBehavior.droppedHandshake(clientHello(tls)),
                        RATE)
                .pausing(Duration.ofMillis(100));
    }

    private static AttackBehavior largeBody(String method, String path) {
        return AttackBehavior.slowBody(method, path, LARGE, LARGE_SENT);
    }

    private static AttackBehavior brokenOff(String method, String path) {
        return AttackBehavior.abortedBody(method, path, SMALL, SMALL_SENT);
    }

    private static String route(String path) {
        return path.startsWith("/v1/patches/") ? "/v1/patches" : path;
    }

    private static byte[] clientHello(SSLContext tls) throws SSLException {
        SSLEngine engine = tls.createSSLEngine();
        engine.setUseClientMode(true);
        ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), hello);
        byte[] bytes = new byte[hello.flip().remaining()];
        hello.get(bytes);
        return bytes;
    }
}

package io.livepatch.server.checkin;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.Ticker;
import io.livepatch.server.catalog.Catalog;
import io.livepatch.server.catalog.PatchDecision;
import io.livepatch.server.catalog.PatchQuery;
import io.livepatch.server.checkin.CheckInQueue.PendingCheckIn;
import io.livepatch.server.http.ApiJson;
import io.livepatch.server.http.DirectRoute;
import io.livepatch.server.http.DirectRoute.PathTemplate;
import io.livepatch.server.http.Exchange;
import io.livepatch.server.machine.Machine;
import io.livepatch.server.machine.Machine.MachineId;
import io.livepatch.server.machine.MachineAuthentication;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** {@code POST /v1/client/{machine-id}/updates}: a machine reports, and is told which patch to run. */
public final class CheckInRoute implements DirectRoute {
    private static final PathTemplate PATH = PathTemplate.of("/v1/client/{machine-id}/updates");
    private static final int OK = 200;
    private static final int NO_CONTENT = 204;

    private final MachineAuthentication machines;
    private final CheckIns checkIns;
    private final Catalog catalog;
    private final OfferCache offerCache;

    /** @param urls signed URLs of patches, absolute or beginning with a slash */
    public CheckInRoute(
            MachineAuthentication machines, CheckIns checkIns, Catalog catalog, Function<PatchName, String> urls) {
        this.machines = machines;
        this.checkIns = checkIns;
        this.catalog = catalog;
        this.offerCache = new OfferCache(urls);
    }

    /** The answer that withdraws a patch. */
    private record Unapply(String action, String version, String reason) {}

    @Override
    public PathTemplate path() {
        return PATH;
    }

    @Override
    public Set<String> methods() {
        return Set.of("POST");
    }

    @Override
    public void handle(Exchange exchange, String parameter) {
        MachineId named = new MachineId(parameter);
        machines.authenticate(exchange, machine -> {
            machine.mustBe(named);
            requireCatalog();
            exchange.body(body -> submit(exchange, machine, body));
        });
    }

    /** Without a catalog every machine would be told that it is up to date. */
    private void requireCatalog() {
        if (!catalog.loaded()) {
            throw new ProblemException.Unavailable("this unit has not read its catalog yet; try again");
        }
    }

    private void submit(Exchange exchange, Machine machine, byte[] body) {
        checkIns.submit(new CheckIn(exchange, machine, MachineReport.parse(body)));
    }

    private final class CheckIn extends PendingCheckIn {
        private final Exchange exchange;

        CheckIn(Exchange exchange, Machine machine, MachineReport report) {
            super(machine, report, System.nanoTime());
            this.exchange = exchange;
        }

        @Override
        void written() {
            MachineReport report = report();
            PatchDecision decision = catalog.decide(new PatchQuery(
                    report.kernel(), report.architecture(), machine().tier(), report.running()));
            switch (decision) {
                case PatchDecision.Offer offer ->
                    exchange.json(OK, offerCache.json(offer.patch(), exchange::requestedAddress));
                case PatchDecision.Withdraw withdraw ->
                    exchange.json(
                            OK,
                            ApiJson.bytes(
                                    new Unapply("unapply", withdraw.version().toString(), withdraw.reason())));
                case PatchDecision.UpToDate _, PatchDecision.Withheld _ -> exchange.empty(NO_CONTENT);
            }
        }

        @Override
        void gone() {
            machines.invalidate(machine());
            exchange.fail(new ProblemException.Unauthorized(
                    "the machine was removed or enrolled again, so this token is no longer valid; enrol the machine"));
        }

        @Override
        void failed(RuntimeException cause) {
            exchange.fail(cause);
        }

        @Override
        void execute(Runnable answer) {
            exchange.connectionThreads().execute(answer);
        }
    }

    /**
     * Caches the answers that offer a patch for a second: signing the URL and writing the JSON took a tenth of a check-in. A cached URL is
     * valid for up to a second less. Thread-safe.
     *
     * <p>Without {@code server.url-template} the URL begins with the address that the machine used. That address reaches the units, the
     * machine can resolve and connect to it, and its certificate is one that the machine accepts; and no unit depends on one load balancer.
     * Where a request does not tell the address, the URL stays a relative reference, which the client resolves against the URL of its
     * request. It is not one always, since clients other than ours need not resolve it. The cached answers do not depend on the address, so
     * a client that sends many ones fills no cache.
     */
    static final class OfferCache {
        /** Catalogs are larger, but only the newest patches of each kernel are offered. */
        private static final int MAX_CACHED = 1000;

        private static final Duration TTL = Duration.ofSeconds(1);

        private final LoadingCache<Patch, Offer> written;

        private record Apply(String action, String filename, String version, String sha256, long size, String url) {}

        OfferCache(Function<PatchName, String> urls) {
            this(urls, Ticker.systemTicker());
        }

        OfferCache(Function<PatchName, String> urls, Ticker ticker) {
            this.written = Caffeine.newBuilder()
                    .maximumSize(MAX_CACHED)
                    .expireAfterWrite(TTL)
                    .ticker(ticker)
                    .build(patch -> Offer.of(apply(patch, urls)));
        }

        /** An answer in two parts: its URL and the end are the second one, unless the URL is absolute. */
        private static final class Offer {
            private final byte[] beforeUrl;
            private final byte[] url;

            private Offer(byte[] beforeUrl, byte[] url) {
                this.beforeUrl = beforeUrl;
                this.url = url;
            }

            static Offer of(Apply apply) {
                byte[] all = ApiJson.bytes(apply);
                // The URL is the last property, and consists of characters that JSON does not escape.
                int split =
                        apply.url().startsWith("/") ? all.length - apply.url().length() - "\"}".length() : all.length;
                return new Offer(Arrays.copyOf(all, split), Arrays.copyOfRange(all, split, all.length));
            }

            byte[] at(String address) {
                byte[] all = new byte[beforeUrl.length + address.length() + url.length];
                System.arraycopy(beforeUrl, 0, all, 0, beforeUrl.length);
                System.arraycopy(
                        address.getBytes(StandardCharsets.US_ASCII), 0, all, beforeUrl.length, address.length());
                System.arraycopy(url, 0, all, beforeUrl.length + address.length(), url.length);
                return all;
            }
        }

        private static Apply apply(Patch patch, Function<PatchName, String> urls) {
            PatchName name = patch.name();
            return new Apply(
                    "apply",
                    name.fileName(),
                    name.version().toString(),
                    patch.sha256().hex(),
                    patch.size(),
                    urls.apply(name));
        }

        /**
         * The answer that offers this patch; the caller must not modify it.
         *
         * @param address that the machine used, in ASCII characters that JSON does not escape; evaluated only if it is needed
         */
        byte[] json(Patch patch, Supplier<String> address) {
            Offer offer = written.get(patch);
            return offer.url.length == 0 ? offer.beforeUrl : offer.at(address.get());
        }
    }
}

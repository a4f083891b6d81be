package io.livepatch.server.checkin;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.Ticker;
import io.livepatch.server.catalog.Catalog;
import io.livepatch.server.catalog.PatchDecision;
import io.livepatch.server.catalog.PatchQuery;
import io.livepatch.server.http.DirectRoute;
import io.livepatch.server.http.DirectRoute.PathTemplate;
import io.livepatch.server.http.Exchange;
import io.livepatch.server.http.Json;
import io.livepatch.server.machine.Machine;
import io.livepatch.server.machine.MachineAuthentication;
import io.livepatch.server.machine.MachineId;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import java.time.Duration;
import java.util.Set;
import java.util.function.Function;

/** {@code POST /v1/client/{machine-id}/updates}: a machine reports, and learns what to run. */
public final class CheckInRoute implements DirectRoute {
    private static final PathTemplate PATH = PathTemplate.of("/v1/client/{machine-id}/updates");
    private static final int OK = 200;
    private static final int NO_CONTENT = 204;

    private final MachineAuthentication machines;
    private final CheckIns checkIns;
    private final Catalog catalog;
    private final OfferCache offerCache;

    /**
     * @param urls where a patch can be fetched without further credentials
     */
    public CheckInRoute(
            MachineAuthentication machines, CheckIns checkIns, Catalog catalog, Function<PatchName, String> urls) {
        this.machines = machines;
        this.checkIns = checkIns;
        this.catalog = catalog;
        this.offerCache = new OfferCache(urls);
    }

    /** The answer that takes one back. */
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

    /** Without a catalog every machine would be told that there is nothing for it. */
    private void requireCatalog() {
        if (!catalog.loaded()) {
            throw new ProblemException.Unavailable("this unit has not read its catalog yet; try again");
        }
    }

    private void submit(Exchange exchange, Machine machine, byte[] body) {
        Report report = Report.parse(body);
        checkIns.submit(new CheckIn(machine, report, System.nanoTime(), new Caller(exchange, machine, report)));
    }

    private final class Caller implements CheckIn.Caller {
        private final Exchange exchange;
        private final Machine machine;
        private final Report report;

        Caller(Exchange exchange, Machine machine, Report report) {
            this.exchange = exchange;
            this.machine = machine;
            this.report = report;
        }

        @Override
        public void written() {
            PatchDecision decision = catalog.decide(
                    new PatchQuery(report.kernel(), report.architecture(), machine.tier(), report.running()));
            switch (decision) {
                case PatchDecision.Offer offer -> exchange.json(OK, offerCache.json(offer.patch()));
                case PatchDecision.Withdraw withdraw ->
                    exchange.json(
                            OK,
                            Json.bytes(new Unapply("unapply", withdraw.version().toString(), withdraw.reason())));
                case PatchDecision.UpToDate _, PatchDecision.Withheld _ -> exchange.empty(NO_CONTENT);
            }
        }

        @Override
        public void gone() {
            machines.forget(machine);
            exchange.fail(new ProblemException.Unauthorized(
                    "the machine left or enrolled anew, and this token is valid no longer; enrol the machine"));
        }

        @Override
        public void failed(RuntimeException why) {
            exchange.fail(why);
        }

        @Override
        public void execute(Runnable answer) {
            exchange.connectionThreads().execute(answer);
        }
    }

    /**
     * The answers that offer a patch. Machines that are offered the same patch within a second get the same bytes: to sign its URL and to
     * write it as JSON each time was a tenth of a check-in. So a URL's time may be up to a second shorter. Thread-safe.
     */
    static final class OfferCache {
        /** Catalogs are larger, but few of their patches are any kernel's newest. */
        private static final int KEPT_AT_MOST = 1000;

        private static final Duration KEPT = Duration.ofSeconds(1);

        private final LoadingCache<Patch, byte[]> written;

        private record Apply(String action, String filename, String version, String sha256, long size, String url) {}

        /** Offers with URLs as this function makes them. */
        OfferCache(Function<PatchName, String> urls) {
            this(urls, Ticker.systemTicker());
        }

        OfferCache(Function<PatchName, String> urls, Ticker ticker) {
            this.written = Caffeine.newBuilder()
                    .maximumSize(KEPT_AT_MOST)
                    .expireAfterWrite(KEPT)
                    .ticker(ticker)
                    .build(patch -> Json.bytes(apply(patch, urls)));
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

        /** The answer that offers this patch; not to be changed. */
        byte[] json(Patch patch) {
            return written.get(patch);
        }
    }
}

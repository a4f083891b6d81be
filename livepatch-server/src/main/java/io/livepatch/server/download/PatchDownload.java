package io.livepatch.server.download;

import io.livepatch.server.catalog.Catalog;
import io.livepatch.server.download.OpenPatches.OpenPatch;
import io.livepatch.server.download.PatchAnswer.Precondition;
import io.livepatch.server.http.DirectRoute;
import io.livepatch.server.http.DirectRoute.PathTemplate;
import io.livepatch.server.http.Exchange;
import io.livepatch.server.http.HttpServer;
import io.livepatch.server.http.Problem;
import io.livepatch.server.machine.MachineAuthentication;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.placement.PatchSource;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.StoreException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET|HEAD /v1/patches/{filename}}: the bytes of a patch, for a signed URL or for the token of a machine whose tier has the patch.
 * Close it after the HTTP server and before the store.
 */
public final class PatchDownload implements DirectRoute, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PatchDownload.class);
    /** Virtual threads that may wait for a remote store, so that downloads occupy no thread of check-ins. */
    private static final Executor BLOCKING = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("download-", 1).factory());

    /** One source gets this fraction of the slots: a client that reads slowly holds a slot for hours. */
    private static final int SOURCE_FRACTION = 4;

    private static final String SIGNED = "a signed URL from the check-in";

    private final SignedUrls urls;
    private final MachineAuthentication machines;
    private final Catalog catalog;
    private final OpenPatches patches;
    private final Optional<StoreRedirect> redirect;
    private final Consumer<PatchName> damageListener;

    private PatchDownload(
            SignedUrls urls,
            MachineAuthentication machines,
            Catalog catalog,
            OpenPatches patches,
            Optional<StoreRedirect> redirect,
            Consumer<PatchName> damageListener) {
        this.urls = urls;
        this.machines = machines;
        this.catalog = catalog;
        this.patches = patches;
        this.redirect = redirect;
        this.damageListener = damageListener;
    }

    /**
     * Serves the patches of the catalog from this source.
     *
     * @param redirectDownloads whether to redirect to the store if it has URLs
     * @param damageListener is passed patches whose bytes are damaged or missing
     */
    public static PatchDownload of(
            SignedUrls urls,
            MachineAuthentication machines,
            Catalog catalog,
            PatchSource source,
            boolean redirectDownloads,
            Consumer<PatchName> damageListener) {
        Optional<StoreRedirect> redirect =
                redirectDownloads ? Optional.of(new StoreRedirect(source, urls)) : Optional.empty();
        return new PatchDownload(
                urls, machines, catalog, new OpenPatches(source, damageListener), redirect, damageListener);
    }

    @Override
    public PathTemplate path() {
        return PathTemplate.of(SignedUrls.PATH + "{filename}");
    }

    @Override
    public Set<String> methods() {
        return Set.of("GET", "HEAD");
    }

    @Override
    public Limit limit(HttpServer.Settings settings) {
        int downloads = settings.clientLimits().downloadLimit();
        int ofSource = Math.max(1, downloads / SOURCE_FRACTION);
        return new Limit(
                "server.download-limit",
                downloads,
                Refusal.DOWNLOAD_CONCURRENCY,
                Optional.of(new PerSource(ofSource, Refusal.SOURCE_DOWNLOADS)));
    }

    @Override
    public void handle(Exchange exchange, String fileName) {
        PatchName name = PatchName.parse(fileName);
        Optional<Fields> query = query(exchange.request());
        if (query.isPresent()) {
            if (urls.unknownKey(key(query.get()))) {
                readKeys(exchange, () -> signed(exchange, name, query.get()));
            } else {
                signed(exchange, name, query.get());
            }
        } else if (exchange.header(HttpHeader.AUTHORIZATION).isPresent()) {
            authenticate(exchange, name);
        } else {
            throw new ProblemException.Unauthorized(
                    "send a machine token as 'Authorization: Bearer …', or use " + SIGNED);
        }
    }

    private void signed(Exchange exchange, PatchName name, Fields query) {
        Duration left = verify(exchange, name, query);
        Patch patch = find(name);
        exchange.admit(() -> answer(exchange, patch, new StoreRedirect.Access(left, true)));
    }

    /** Moves from a thread that may block to a connection thread, where slots are acquired. */
    private static void continueOn(Exchange exchange, Runnable next) {
        exchange.connectionThreads().execute(() -> exchange.answerFailures(next));
    }

    private void readKeys(Exchange exchange, Runnable next) {
        BLOCKING.execute(() -> exchange.answerFailures(() -> {
            urls.readKeys();
            continueOn(exchange, next);
        }));
    }

    /** Empty in a URL of a release before keys had numbers. */
    private static String key(Fields query) {
        return query.get(SignedUrls.KEY) == null ? "" : only(query, SignedUrls.KEY);
    }

    private Duration verify(Exchange exchange, PatchName name, Fields query) {
        try {
            return urls.verify(name, only(query, SignedUrls.EXPIRES), key(query), only(query, SignedUrls.SIGNATURE));
        } catch (ProblemException.BadRequest | ProblemException.Forbidden e) {
            exchange.refused(Refusal.SIGNED_URL);
            throw e;
        }
    }

    /** Present if the query has a part of a signature. */
    private static Optional<Fields> query(Request request) {
        if (request.getHttpURI().getQuery() == null) {
            return Optional.empty();
        }
        try {
            Fields query = Request.extractQueryParameters(request);
            boolean signed = query.get(SignedUrls.EXPIRES) != null || query.get(SignedUrls.SIGNATURE) != null;
            return signed ? Optional.of(query) : Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new ProblemException.BadRequest(
                    "the query of the URL is malformed; use " + SIGNED + ", unchanged", e);
        }
    }

    private static String only(Fields query, String parameter) {
        Fields.Field field = query.get(parameter);
        if (field == null || field.hasMultipleValues()) {
            throw new ProblemException.BadRequest(
                    "the URL should have 'expires' and 'signature' once each, and 'key' once or never; use " + SIGNED
                            + ", unchanged");
        }
        return String.valueOf(field.getValue());
    }

    private void authenticate(Exchange exchange, PatchName name) {
        machines.authenticate(exchange, machine -> {
            Patch patch = find(name);
            if (!catalog.inTier(name, machine.tier())) {
                throw new ProblemException.Forbidden(
                        "patch '" + name + "' is not in this machine's tier '" + machine.tier() + "'");
            }
            exchange.admit(() -> answer(exchange, patch, new StoreRedirect.Access(urls.ttl(), false)));
        });
    }

    private Patch find(PatchName name) {
        if (!catalog.loaded()) {
            throw new ProblemException.Unavailable("this unit has not read its catalog yet; try again");
        }
        return catalog.find(name)
                .orElseThrow(() -> new ProblemException.NotFound("there is no patch '" + name + "' to download"));
    }

    private void answer(Exchange exchange, Patch patch, StoreRedirect.Access access) {
        PatchAnswer answer = new PatchAnswer(exchange, patch);
        switch (Precondition.of(exchange.request().getHeaders(), answer.etag())) {
            case NOT_MODIFIED -> answer.notModified();
            case FAILED ->
                exchange.problem(Problem.of(
                        412,
                        "Precondition failed",
                        "the patch does not match 'If-Match'; its ETag is " + answer.etag()));
            case MET -> met(exchange, patch, answer, access);
        }
    }

    private void met(Exchange exchange, Patch patch, PatchAnswer answer, StoreRedirect.Access access) {
        if (exchange.request().getMethod().equals("HEAD")) {
            answer.head();
            return;
        }
        if (redirect.isPresent()) {
            redirect(exchange, patch, answer, access, redirect.get());
        } else {
            serve(exchange, patch, answer);
        }
    }

    private void redirect(
            Exchange exchange, Patch patch, PatchAnswer answer, StoreRedirect.Access access, StoreRedirect store) {
        BLOCKING.execute(() -> exchange.answerFailures(() -> store.location(patch.name(), access)
                .ifPresentOrElse(answer::redirect, () -> serve(exchange, patch, answer))));
    }

    private void serve(Exchange exchange, Patch patch, PatchAnswer answer) {
        switch (answer.selection()) {
            case RangeSelection.Refused refused ->
                exchange.problem(Problem.of(
                        416,
                        "Range not satisfiable",
                        refused.reason(),
                        Map.of("Content-Range", "bytes */" + patch.size())));
            case RangeSelection.Whole _ -> send(exchange, patch, answer::whole);
            case RangeSelection.Parts parts ->
                send(exchange, patch, open -> {
                    // 'Range' may be ignored (RFC 9110, 14.2): the digest verifies the whole file, not a part of it.
                    if (open.supportsRanges()) {
                        answer.parts(open, parts.ranges());
                    } else {
                        answer.whole(open);
                    }
                });
        }
    }

    private void send(Exchange exchange, Patch patch, Consumer<OpenPatch> sender) {
        Optional<OpenPatch> mapped = patches.findMapped(patch);
        if (mapped.isPresent()) {
            sender.accept(mapped.get());
        } else {
            BLOCKING.execute(() -> exchange.answerFailures(() -> openAndSend(exchange, patch, sender)));
        }
    }

    private void openAndSend(Exchange exchange, Patch patch, Consumer<OpenPatch> sender) {
        try {
            sender.accept(patches.open(patch, exchange.executor(), BLOCKING));
        } catch (ProblemException.NotFound e) {
            // The catalog has the patch: it is being deleted, or the store lost it, which the listener's check finds
            // out.
            LOG.warn("a download failed: {}", e.getMessage());
            damageListener.accept(patch.name());
            exchange.fail(e);
        } catch (StoreException.Corrupt e) {
            damageListener.accept(patch.name());
            exchange.fail(e);
        }
    }

    /** Unmaps patches that the catalog no longer has: deleted, blocked or damaged ones. Call it after each read of the catalog; does not block. */
    public void dropUnknown() {
        patches.retainIf(patch -> catalog.find(patch.name()).equals(Optional.of(patch)));
    }

    /** Releases the mappings; running downloads keep theirs until they end. */
    @Override
    public void close() {
        patches.close();
    }
}

package io.livepatch.server.download;

import io.livepatch.server.catalog.Catalog;
import io.livepatch.server.download.OpenPatches.OpenPatch;
import io.livepatch.server.download.PatchAnswer.Preconditions;
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
 * {@code GET|HEAD /v1/patches/{filename}}: the bytes of a patch, for a signed URL or the token of a machine whose tier holds the
 * patch. Close it after the HTTP server and before the store.
 */
public final class PatchDownload implements DirectRoute, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PatchDownload.class);
    /** Threads that may wait for a store over a network, as many as there are downloads, and none of those that answer check-ins. */
    private static final Executor WAITING = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("download-", 1).factory());

    /** So many sources are needed to take all slots: a client that reads slowly enough holds a slot for hours. */
    private static final int SOURCES_AT_LEAST = 4;

    private static final String SIGNED = "a signed URL from the check-in";

    private final SignedUrls urls;
    private final MachineAuthentication machines;
    private final Catalog catalog;
    private final OpenPatches patches;
    private final Optional<StoreRedirect> elsewhere;
    private final Consumer<PatchName> suspect;

    private PatchDownload(
            SignedUrls urls,
            MachineAuthentication machines,
            Catalog catalog,
            OpenPatches patches,
            Optional<StoreRedirect> elsewhere,
            Consumer<PatchName> suspect) {
        this.urls = urls;
        this.machines = machines;
        this.catalog = catalog;
        this.patches = patches;
        this.elsewhere = elsewhere;
        this.suspect = suspect;
    }

    /**
     * Serves what the catalog knows, out of this source.
     *
     * @param redirect whether to send machines to the place of storage instead, where that has URLs
     * @param suspect is told of a patch whose bytes were other than the catalog promises, or not there
     */
    public static PatchDownload of(
            SignedUrls urls,
            MachineAuthentication machines,
            Catalog catalog,
            PatchSource source,
            boolean redirect,
            Consumer<PatchName> suspect) {
        Optional<StoreRedirect> elsewhere = redirect ? Optional.of(new StoreRedirect(source, urls)) : Optional.empty();
        return new PatchDownload(urls, machines, catalog, new OpenPatches(source, suspect), elsewhere, suspect);
    }

    @Override
    public PathTemplate path() {
        return PathTemplate.of("/v1/patches/{filename}");
    }

    @Override
    public Set<String> methods() {
        return Set.of("GET", "HEAD");
    }

    @Override
    public Limit limit(HttpServer.Settings settings) {
        int downloads = settings.edge().downloadLimit();
        int ofSource = Math.max(1, downloads / SOURCES_AT_LEAST);
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
        exchange.admit(() -> answer(exchange, patch, new StoreRedirect.Right(left, true)));
    }

    /** Called on a thread that may block on the database; continues on a connection thread, where slots are assigned. */
    private static void continueOn(Exchange exchange, Runnable next) {
        exchange.connectionThreads().execute(() -> exchange.answering(next));
    }

    private void readKeys(Exchange exchange, Runnable next) {
        WAITING.execute(() -> exchange.answering(() -> {
            urls.readKeys();
            continueOn(exchange, next);
        }));
    }

    /** Empty in a URL from before keys had numbers. */
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

    /** The query if it holds any part of a signature. */
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
            exchange.admit(() -> answer(exchange, patch, new StoreRedirect.Right(urls.ttl(), false)));
        });
    }

    private Patch find(PatchName name) {
        if (!catalog.loaded()) {
            throw new ProblemException.Unavailable("this unit has not read the catalog of patches yet; try again");
        }
        return catalog.find(name)
                .orElseThrow(() -> new ProblemException.NotFound("there is no patch '" + name + "' to download"));
    }

    private void answer(Exchange exchange, Patch patch, StoreRedirect.Right right) {
        PatchAnswer answer = new PatchAnswer(exchange, patch);
        switch (Preconditions.of(exchange.request().getHeaders(), answer.etag())) {
            case NOT_MODIFIED -> answer.notModified();
            case FAILED ->
                exchange.problem(Problem.of(
                        412,
                        "Precondition failed",
                        "the patch is another than 'If-Match' asks for; its ETag is " + answer.etag()));
            case MET -> met(exchange, patch, answer, right);
        }
    }

    private void met(Exchange exchange, Patch patch, PatchAnswer answer, StoreRedirect.Right right) {
        if (exchange.request().getMethod().equals("HEAD")) {
            answer.head();
            return;
        }
        if (elsewhere.isPresent()) {
            redirect(exchange, patch, answer, right, elsewhere.get());
        } else {
            serve(exchange, patch, answer);
        }
    }

    private void redirect(
            Exchange exchange, Patch patch, PatchAnswer answer, StoreRedirect.Right right, StoreRedirect elsewhere) {
        WAITING.execute(() -> exchange.answering(() -> elsewhere
                .location(patch.name(), right)
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
                    // As if there had been no 'Range' (RFC 9110, 14.2): the digest tells whether all bytes are right,
                    // and nothing tells whether those of a part are.
                    if (open.inParts()) {
                        answer.parts(open, parts.ranges());
                    } else {
                        answer.whole(open);
                    }
                });
        }
    }

    private void send(Exchange exchange, Patch patch, Consumer<OpenPatch> sender) {
        Optional<OpenPatch> ready = patches.ready(patch);
        if (ready.isPresent()) {
            sender.accept(ready.get());
        } else {
            WAITING.execute(() -> exchange.answering(() -> openAndSend(exchange, patch, sender)));
        }
    }

    private void openAndSend(Exchange exchange, Patch patch, Consumer<OpenPatch> sender) {
        try {
            sender.accept(patches.open(patch, exchange.executor(), WAITING));
        } catch (ProblemException.NotFound e) {
            // The catalog has it: unless it is being deleted just now, the store has lost it, and the check finds that.
            LOG.warn("a download failed: {}", e.getMessage());
            suspect.accept(patch.name());
            exchange.fail(e);
        } catch (StoreException.Corrupt e) {
            suspect.accept(patch.name());
            exchange.fail(e);
        }
    }

    /**
     * Unmaps patches that the catalog no longer has: those that are deleted, blocked, or found damaged. To be called whenever the catalog
     * was read; waits for nothing.
     */
    public void dropUnknown() {
        patches.keep(patch -> catalog.find(patch.name()).equals(Optional.of(patch)));
    }

    /** Lets go of what is mapped; downloads that are still at work keep theirs until they end. */
    @Override
    public void close() {
        patches.close();
    }
}

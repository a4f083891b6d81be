package io.livepatch.server.download;

import io.livepatch.server.catalog.Catalog;
import io.livepatch.server.http.Exchange;
import io.livepatch.server.http.HotRoute;
import io.livepatch.server.http.PathTemplate;
import io.livepatch.server.http.Problem;
import io.livepatch.server.machine.MachineAuthentication;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.store.PatchSource;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET|HEAD /v1/patches/{filename}}: the bytes of a patch, to whoever has a signed URL or the token of a machine whose tier
 * holds the patch. Close it after the HTTP server and before the store.
 */
public final class PatchDownload implements HotRoute, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PatchDownload.class);
    private static final String SIGNED = "a signed URL from the check-in";

    private final SignedUrls urls;
    private final MachineAuthentication machines;
    private final Catalog catalog;
    private final OpenPatches patches;

    /** Serves what the catalog knows, out of this store. */
    public PatchDownload(SignedUrls urls, MachineAuthentication machines, Catalog catalog, PatchSource store) {
        this.urls = urls;
        this.machines = machines;
        this.catalog = catalog;
        this.patches = new OpenPatches(store);
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
    public void handle(Exchange exchange, String fileName) {
        PatchName name = PatchName.parse(fileName);
        Optional<Fields> query = query(exchange.request());
        if (query.isPresent()) {
            urls.verify(name, only(query.get(), SignedUrls.EXPIRES), only(query.get(), SignedUrls.SIGNATURE));
            answer(exchange, find(name));
        } else if (exchange.header(HttpHeader.AUTHORIZATION).isPresent()) {
            authenticate(exchange, name);
        } else {
            throw new ProblemException.Unauthorized(
                    "send a machine token as 'Authorization: Bearer …', or use " + SIGNED);
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
                    "the URL should have 'expires' and 'signature' once each; use " + SIGNED + ", unchanged");
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
            answer(exchange, patch);
        });
    }

    private Patch find(PatchName name) {
        if (!catalog.loaded()) {
            throw new ProblemException.Unavailable("this unit has not read the catalog of patches yet; try again");
        }
        return catalog.find(name)
                .orElseThrow(() -> new ProblemException.NotFound("there is no patch '" + name + "' to download"));
    }

    private void answer(Exchange exchange, Patch patch) {
        PatchAnswer answer = new PatchAnswer(exchange, patch);
        switch (Conditions.of(exchange.request().getHeaders(), answer.etag())) {
            case NOT_MODIFIED -> answer.notModified();
            case FAILED ->
                exchange.problem(Problem.of(
                        412,
                        "Precondition failed",
                        "the patch is another than 'If-Match' asks for; its ETag is " + answer.etag()));
            case MET -> met(exchange, patch, answer);
        }
    }

    private void met(Exchange exchange, Patch patch, PatchAnswer answer) {
        if (exchange.request().getMethod().equals("HEAD")) {
            answer.head();
            return;
        }
        switch (answer.selection()) {
            case Selection.Refused refused ->
                exchange.problem(Problem.of(
                        416,
                        "Range not satisfiable",
                        refused.reason(),
                        Map.of("Content-Range", "bytes */" + patch.size())));
            case Selection.Whole _ -> send(exchange, patch, answer::whole);
            case Selection.Parts parts -> send(exchange, patch, open -> answer.parts(open, parts.ranges()));
        }
    }

    private void send(Exchange exchange, Patch patch, Consumer<OpenPatch> sender) {
        Optional<OpenPatch> ready = patches.ready(patch);
        if (ready.isPresent()) {
            sender.accept(ready.get());
        } else {
            exchange.executor().execute(() -> openAndSend(exchange, patch, sender));
        }
    }

    private void openAndSend(Exchange exchange, Patch patch, Consumer<OpenPatch> sender) {
        try {
            sender.accept(patches.open(patch, exchange.executor()));
        } catch (ProblemException.NotFound e) {
            // The catalog has it, so somebody should know if this happens more than for a moment.
            LOG.warn("a download failed: {}", e.getMessage());
            exchange.fail(e);
        } catch (RuntimeException e) {
            exchange.fail(e);
        }
    }

    /** Lets go of what is mapped; downloads that are still at work keep theirs until they end. */
    @Override
    public void close() {
        patches.close();
    }
}

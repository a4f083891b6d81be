package io.livepatch.server.machine;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.livepatch.server.catalog.Catalog;
import io.livepatch.server.machine.Machine.MachineId;
import io.livepatch.server.machine.Machines.MachineDao;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.problem.RequestChecks;
import io.livepatch.storage.Architecture;
import io.livepatch.storage.ForeignText;
import io.livepatch.storage.KernelRelease;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchVersion;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Receives the progress of patch insertions from machines; counts it and stores nothing. Public because Jersey must see it. */
@Path("/v1/client/{machine-id}/pings")
@Produces(MediaType.APPLICATION_JSON)
public final class PingResource {
    private static final Logger LOG = LoggerFactory.getLogger(PingResource.class);
    private static final String ERROR = "ping_err";
    /** The machine computed another sha256 of the patch than the check-in announced. */
    private static final String DIGEST = "ping_digest";

    private static final Set<String> TYPES = Set.of(
            "ping_0", "ping_1", "ping_2", "ping_3", ERROR, "ping_before", "ping_after", "ping_transition", DIGEST);
    private static final int MAX_MESSAGE_LENGTH = 1000;
    private static final String UNKNOWN = "unknown";

    private final Machines machines;
    private final Catalog catalog;
    private final Metrics metrics;
    private final DigestListener digests;

    /** Receives reports of patches whose sha256 differs from the announced one. */
    public interface DigestListener {
        /**
         * Must not block.
         *
         * @param machine the authenticated machine
         * @param patch a patch of the catalog
         * @param message of the machine, printable
         */
        void report(String machine, PatchName patch, String message);
    }

    public PingResource(Machines machines, Catalog catalog, Metrics metrics, DigestListener digests) {
        this.machines = machines;
        this.catalog = catalog;
        this.metrics = metrics;
        this.digests = digests;
    }

    @JsonNaming(KebabCaseStrategy.class)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Ping(
            @Nullable String kernel,
            @Nullable String patchVersion,
            @Nullable String type,
            @Nullable String state,
            @Nullable String message) {}

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public void ping(
            @PathParam("machine-id") String id,
            @HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String authorization,
            @Nullable Ping body) {
        Machine machine = machines.authenticate(new MachineId(id), Optional.ofNullable(authorization));
        Ping ping = RequestChecks.body(body);
        String type = type(ping);
        PatchState state = ping.state() == null ? PatchState.UNKNOWN : PatchState.parse(ping.state());
        KernelRelease kernel = new KernelRelease(RequestChecks.required("kernel", ping.kernel()));
        PatchVersion version = PatchVersion.parse(RequestChecks.required("patch-version", ping.patchVersion()));
        String message = RequestChecks.text("message", ping.message(), MAX_MESSAGE_LENGTH);

        MachineDao.InfoRow row = machines.info(machine);
        Optional<PatchName> patch = PatchName.find(kernel, version, new Architecture(row.architecture()));
        metrics.ping(labels(type, state, patch, row.tier()));
        if (type.equals(ERROR)) {
            LOG.warn(
                    "machine '{}' reports an error with version '{}' for kernel '{}': {}",
                    machine.id(),
                    version,
                    kernel,
                    printable(message));
        } else if (type.equals(DIGEST)) {
            patch.filter(name -> catalog.find(name).isPresent())
                    .ifPresent(name -> digests.report(machine.id().text(), name, printable(message)));
        }
    }

    private static String type(Ping ping) {
        String type = RequestChecks.required("type", ping.type());
        if (!TYPES.contains(type)) {
            throw new ProblemException.BadRequest(
                    "field 'type' must be one of " + TYPES.stream().sorted().toList());
        }
        return type;
    }

    /** Kernel and version become labels only if the catalog has the patch: a machine could send any text. */
    private Metrics.Ping labels(String type, PatchState state, Optional<PatchName> patch, String tier) {
        return patch.filter(name -> catalog.find(name).isPresent())
                .map(name -> new Metrics.Ping(
                        type,
                        name.kernel().text(),
                        name.version().toString(),
                        tier,
                        state.text(),
                        name.architecture().name()))
                .orElseGet(() -> new Metrics.Ping(type, UNKNOWN, UNKNOWN, tier, state.text(), UNKNOWN));
    }

    private static String printable(@Nullable String message) {
        return message == null ? "no message" : ForeignText.printable(message, MAX_MESSAGE_LENGTH);
    }
}

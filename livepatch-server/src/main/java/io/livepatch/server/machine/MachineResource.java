package io.livepatch.server.machine;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.livepatch.server.machine.Machine.MachineId;
import io.livepatch.server.machine.Machines.MachineDao;
import io.livepatch.server.problem.RequestChecks;
import io.livepatch.storage.Architecture;
import io.livepatch.storage.KernelRelease;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The client API of machines: enrol, leave, info. Public because Jersey must see it. */
@Path("/v1/client/{machine-id}")
@Produces(MediaType.APPLICATION_JSON)
public final class MachineResource {
    static final int MAX_CLIENT_VERSION_LENGTH = 64;

    private final Machines machines;

    public MachineResource(Machines machines) {
        this.machines = machines;
    }

    @JsonNaming(KebabCaseStrategy.class)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Enrolment(
            @Nullable String kernel,
            @Nullable String architecture,
            @Nullable String clientVersion,
            @Nullable String enrolmentKey) {
        @Override
        public String toString() {
            return "Enrolment[" + kernel + ", " + architecture + "]";
        }
    }

    @JsonNaming(KebabCaseStrategy.class)
    public record Enrolled(String machineToken, String tier) {
        @Override
        public String toString() {
            return "Enrolled[" + tier + "]";
        }
    }

    @JsonNaming(KebabCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record MachineInfo(
            String machineId,
            String tier,
            Instant enrolledAt,
            Optional<Instant> lastCheckIn,
            String kernel,
            Optional<Patch> patch) {}

    /** The patch of the last report. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Patch(Optional<String> version, String state) {}

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Enrolled enrol(
            @PathParam("machine-id") String id,
            @HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String authorization,
            @Nullable Enrolment body) {
        MachineId machine = new MachineId(id);
        Enrolment enrolment = RequestChecks.body(body);
        KernelRelease kernel = new KernelRelease(RequestChecks.required("kernel", enrolment.kernel()));
        Architecture architecture = new Architecture(RequestChecks.required("architecture", enrolment.architecture()));
        RequestChecks.text("client-version", enrolment.clientVersion(), MAX_CLIENT_VERSION_LENGTH);
        Machines.Enrolled enrolled = machines.enrol(
                machine,
                Optional.ofNullable(authorization),
                EnrolmentKey.of(enrolment.enrolmentKey()),
                kernel,
                architecture);
        return new Enrolled(enrolled.token().text(), enrolled.tier());
    }

    @DELETE
    public void leave(
            @PathParam("machine-id") String id,
            @HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String authorization) {
        machines.leave(machines.authenticate(new MachineId(id), Optional.ofNullable(authorization)));
    }

    @GET
    @Path("info")
    public MachineInfo info(
            @PathParam("machine-id") String id,
            @HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String authorization) {
        Machine machine = machines.authenticate(new MachineId(id), Optional.ofNullable(authorization));
        MachineDao.InfoRow row = machines.info(machine);
        return new MachineInfo(
                machine.id().text(),
                row.tier(),
                row.enrolledAt(),
                Optional.ofNullable(row.seenAt()),
                row.kernel(),
                Optional.ofNullable(row.patchState())
                        .map(state -> new Patch(Optional.ofNullable(row.patchVersion()), state)));
    }
}

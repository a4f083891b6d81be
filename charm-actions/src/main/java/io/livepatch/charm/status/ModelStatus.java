package io.livepatch.charm.status;

import io.livepatch.charm.api.UnitStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The result of {@code status}; in JSON with Juju's keys. */
public record ModelStatus(
        ModelInfo model, Map<String, ApplicationStatus> applications, List<RelationStatus> relations) {

    /**
     * The model itself.
     *
     * @param message a problem of the model's directory
     */
    public record ModelInfo(String name, String controller, String version, String home, Optional<String> message) {}

    /**
     * One application.
     *
     * @param charmRev counts the releases that it was moved to
     * @param release the id of the release that it is moved to, see {@code refresh}
     */
    public record ApplicationStatus(
            String charm,
            int charmRev,
            String release,
            Optional<String> version,
            Health applicationStatus,
            Map<String, UnitView> units) {}

    /** A status with its message. */
    public record Health(String current, Optional<String> message, Instant since) {
        public static Health of(UnitStatus status, Instant since) {
            return new Health(
                    status.kind().text(), Optional.of(status.message()).filter(it -> !it.isEmpty()), since);
        }
    }

    /**
     * One unit.
     *
     * @param jujuStatus the state of its agent: allocating, idle, executing, lost
     * @param release the id of the release that it runs from
     */
    public record UnitView(
            Health workloadStatus,
            Health jujuStatus,
            boolean leader,
            String publicAddress,
            List<String> openPorts,
            String release) {}

    public record RelationStatus(int id, String provider, String requirer, String protocol) {}
}

package io.livepatch.fleet.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * The JSON bodies of the client protocol. Components of answers are nullable, since a server may leave any of them out: the code that
 * turns them into valid records checks for that.
 */
final class JsonMessages {
    /** Lenient, so that a newer server may say more. Immutable and thread-safe. */
    static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private JsonMessages() {}

    record Enrol(String kernel, String architecture, String clientVersion, String enrolmentKey) {
        @Override
        public String toString() {
            return "Enrol[" + kernel + ", " + architecture + "]";
        }
    }

    record Enrolled(@Nullable String machineToken, @Nullable String tier) {}

    record Info(
            @Nullable String tier,
            @Nullable String enrolledAt,
            @Nullable String lastCheckIn) {}

    record Report(String version, String state) {}

    record Update(
            String kernel,
            String architecture,
            String clientVersion,
            Optional<String> cpuModel,
            Optional<String> bootTime,
            Optional<Long> uptime,
            Optional<Report> patch) {
        static Update of(CheckInReport report) {
            return new Update(
                    report.platform().kernel().text(),
                    report.platform().architecture(),
                    report.clientVersion(),
                    report.cpuModel(),
                    report.bootTime().map(Object::toString),
                    report.uptime().map(uptime -> uptime.toSeconds()),
                    report.patch()
                            .map(patch -> new Report(
                                    patch.version().text(), patch.state().wire())));
        }
    }

    record Updated(
            @Nullable String action,
            @Nullable String filename,
            @Nullable String version,
            @Nullable String sha256,
            @Nullable Long size,
            @Nullable String url,
            @Nullable String reason) {}

    record PingEvent(
            String kernel, String patchVersion, String type, Optional<String> state, Optional<String> message) {
        static PingEvent of(Ping ping) {
            return new PingEvent(
                    ping.kernel().text(),
                    ping.version().text(),
                    ping.type().wire(),
                    ping.state().map(PatchState::wire),
                    ping.message());
        }
    }

    record Support(@JsonProperty("Supported") @Nullable String supported) {}

    record Problem(@Nullable String title, @Nullable String detail) {}
}

package io.livepatch.fleet.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import io.livepatch.fleet.protocol.OfferedPatch.PatchName;
import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * The JSON bodies of the client protocol. The components of responses are nullable, since a server may omit any of them; the methods that
 * convert a response to a value check for that.
 */
final class JsonMessages {
    /** Ignores unknown properties, which newer servers may add. Immutable and thread-safe. */
    static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_ABSENT))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final int MAX_WORD = 64;

    private JsonMessages() {}

    /**
     * Parses a response.
     *
     * @param convert throws {@link IllegalArgumentException} if the message is invalid
     * @throws LivepatchException.InvalidAnswer if the body is not such a message or the message is invalid
     */
    static <M, T> T read(URI uri, HttpResponse<byte[]> answer, Class<M> type, Function<M, T> convert) {
        @Nullable M body;
        try {
            body = JSON.readValue(answer.body(), type);
        } catch (JacksonException e) {
            throw new LivepatchException.InvalidAnswer(
                    "the response of '%s' is not the expected JSON".formatted(uri.getPath()), e);
        }
        if (body == null) {
            throw new LivepatchException.InvalidAnswer("the response of '%s' is 'null'".formatted(uri.getPath()), null);
        }
        try {
            return convert.apply(body);
        } catch (IllegalArgumentException e) {
            throw new LivepatchException.InvalidAnswer(
                    "the response of '%s' is invalid: %s".formatted(uri.getPath(), e.getMessage()), e);
        }
    }

    private static <T> T required(String key, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException("'" + key + "' is missing");
        }
        return value;
    }

    private static String word(String key, @Nullable String value) {
        return InputSyntax.quotable(required(key, value), MAX_WORD);
    }

    record Enrol(String kernel, String architecture, String clientVersion, String enrolmentKey) {
        @Override
        public String toString() {
            return "Enrol[" + kernel + ", " + architecture + "]";
        }
    }

    record Enrolled(@Nullable String machineToken, @Nullable String tier) {
        LivepatchClient.Enrolment enrolment(Credentials.MachineId machine) {
            return new LivepatchClient.Enrolment(
                    new Credentials(machine, Credentials.token(required("machine-token", machineToken))),
                    word("tier", tier));
        }
    }

    record Info(
            @Nullable String tier,
            @Nullable String enrolledAt,
            @Nullable String lastCheckIn) {
        LivepatchClient.MachineInfo machineInfo() {
            return new LivepatchClient.MachineInfo(
                    word("tier", tier),
                    Optional.ofNullable(enrolledAt).map(text -> InputSyntax.quotable(text, MAX_WORD)),
                    Optional.ofNullable(lastCheckIn).map(text -> InputSyntax.quotable(text, MAX_WORD)));
        }
    }

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
            @Nullable String reason) {
        private static final int MAX_REASON = 500;

        CheckInAnswer answer(ServerAddress server, Platform platform) {
            PatchVersion patchVersion = new PatchVersion(required("version", version));
            String name = required("action", action);
            return switch (name) {
                case "apply" -> new CheckInAnswer.Apply(offer(server, patchVersion, platform));
                case "unapply" ->
                    new CheckInAnswer.Unapply(
                            patchVersion, InputSyntax.quotable(required("reason", reason), MAX_REASON));
                default ->
                    throw new IllegalArgumentException(
                            "unknown action '%s', expected apply or unapply".formatted(InputSyntax.quotable(name, 40)));
            };
        }

        private OfferedPatch offer(ServerAddress server, PatchVersion patchVersion, Platform platform) {
            PatchName name = new PatchName(required("filename", filename));
            if (!name.fileName().equals(PatchName.text(platform, patchVersion))) {
                throw new IllegalArgumentException("patch '%s' is not version %s for this machine's kernel '%s'"
                        .formatted(name, patchVersion, platform.kernel()));
            }
            return new OfferedPatch(
                    name,
                    patchVersion,
                    required("sha256", sha256),
                    required("size", size),
                    server.accept(server.resolve(required("url", url))));
        }
    }

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

    record Support(@JsonProperty("Supported") @Nullable String supported) {
        String text() {
            return word("Supported", supported);
        }
    }

    record Problem(@Nullable String title, @Nullable String detail) {}
}

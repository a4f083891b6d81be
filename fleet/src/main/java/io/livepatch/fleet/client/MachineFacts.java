package io.livepatch.fleet.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.common.cli.Version;
import io.livepatch.fleet.protocol.CheckInReport;
import io.livepatch.fleet.protocol.Platform;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** Facts of this machine from {@code /etc} and {@code /proc}; unreadable ones are missing from a report. */
final class MachineFacts {
    private static final int MAX_CPU_MODEL = 100;

    private final Path root;

    MachineFacts(Path root) {
        this.root = root;
    }

    /** The kernel and the architecture; overrides take precedence. */
    Platform platform(ClientState.Overrides overrides) {
        String kernel = overrides.kernel().or(this::kernel).orElse("");
        try {
            return new Platform(
                    new KernelRelease(kernel), overrides.architecture().orElseGet(MachineFacts::architecture));
        } catch (IllegalArgumentException e) {
            throw new ClientException(
                    e.getMessage()
                            + "; if patches use another name for this machine, give it with --kernel or --architecture",
                    e);
        }
    }

    CheckInReport report(Platform platform) {
        return new CheckInReport(
                platform,
                Version.current(),
                find("proc/cpuinfo", "(?m)^model name\\s*:\\s*(.{1," + MAX_CPU_MODEL + "})"),
                find("proc/stat", "(?m)^btime (\\d{1,12})$")
                        .map(seconds -> Instant.ofEpochSecond(Long.parseLong(seconds))),
                find("proc/uptime", "^(\\d{1,12})").map(seconds -> Duration.ofSeconds(Long.parseLong(seconds))),
                Optional.empty());
    }

    /** The text of {@code /etc/machine-id}. */
    Optional<String> id() {
        return find("etc/machine-id", "^([0-9a-f]{32})\\s*$");
    }

    String bootId() {
        return find("proc/sys/kernel/random/boot_id", "^([0-9a-f-]{36})").orElse("unknown");
    }

    /** Prefers Ubuntu's version signature, which has the build number that {@code uname -r} omits. */
    private Optional<String> kernel() {
        return find("proc/version_signature", "^\\S+ (\\S+) ").or(() -> find("proc/sys/kernel/osrelease", "^(\\S+)"));
    }

    private static String architecture() {
        String java = System.getProperty("os.arch");
        return switch (java) {
            case "aarch64" -> "arm64";
            case "ppc64le" -> "ppc64el";
            default -> java;
        };
    }

    private Optional<String> find(String file, String pattern) {
        try {
            Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(root.resolve(file), UTF_8));
            return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Options that replace detected facts. */
    static final class Options {
        @Option(names = "--kernel", paramLabel = "RELEASE", description = "this kernel instead of the running one")
        Optional<String> kernel = Optional.empty();

        @Option(
                names = "--architecture",
                paramLabel = "NAME",
                description = "this architecture, by Debian's name, instead of the detected one")
        Optional<String> architecture = Optional.empty();

        ClientState.Overrides overrides() {
            return new ClientState.Overrides(kernel, architecture);
        }
    }
}

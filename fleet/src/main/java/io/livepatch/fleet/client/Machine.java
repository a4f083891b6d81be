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

/** What this machine is, read from {@code /etc} and {@code /proc}; what cannot be read is left out of a report. */
final class Machine {
    private static final int MAX_CPU_MODEL = 100;

    private final Path root;

    Machine(Path root) {
        this.root = root;
    }

    /** Kernel and architecture, the operator's word first. */
    Platform platform(ClientState.Overrides said) {
        String kernel = said.kernel().or(this::kernel).orElse("");
        try {
            return new Platform(new KernelRelease(kernel), said.architecture().orElseGet(Machine::architecture));
        } catch (IllegalArgumentException e) {
            throw new ClientException(
                    e.getMessage()
                            + "; if patches for this machine go by another name, say it with --kernel or --architecture",
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

    /** The text of {@code /etc/machine-id}, if there is one. */
    Optional<String> id() {
        return find("etc/machine-id", "^([0-9a-f]{32})\\s*$");
    }

    /** Names the time between two boots. */
    String bootId() {
        return find("proc/sys/kernel/random/boot_id", "^([0-9a-f-]{36})").orElse("unknown");
    }

    /** Ubuntu tells the build number in its version signature only; {@code uname -r} leaves it out. */
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
}

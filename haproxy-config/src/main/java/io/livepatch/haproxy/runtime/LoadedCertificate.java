package io.livepatch.haproxy.runtime;

import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A server certificate that a running haproxy has in memory and uses. The file it was read from may have changed since, because
 * haproxy reads it only when a worker starts.
 *
 * @param file where haproxy read it from
 * @param serial its serial number, hexadecimal in capitals
 * @param sha1 the SHA-1 fingerprint of the certificate itself (the first of the file), hexadecimal in capitals, no colons
 */
public record LoadedCertificate(Path file, String serial, Instant notBefore, Instant notAfter, String sha1) {
    /** {@code Dec 1 07:11:59 2026 GMT}, as OpenSSL prints it; single digits of the day are padded by a space. */
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("MMM d HH:mm:ss yyyy z", Locale.US);

    /**
     * All certificates that the binds of the running worker use.
     *
     * @throws HaproxyException.NotRunning if no haproxy answers
     */
    public static List<LoadedCertificate> all(RuntimeSocket runtime) {
        List<LoadedCertificate> all = new ArrayList<>();
        for (String file : runtime.send("show ssl cert").lines().toList()) {
            // '#' begins the heading, '*' an uncommitted transaction.
            if (file.startsWith("/")) {
                parse(runtime.send("show ssl cert " + file)).ifPresent(all::add);
            }
        }
        return all;
    }

    /** Empty if the certificate is not used, or if the answer is not about one. */
    static Optional<LoadedCertificate> parse(String answer) {
        Map<String, String> fields = new TreeMap<>();
        answer.lines().forEach(line -> {
            int colon = line.indexOf(": ");
            if (colon > 0) {
                // The names of fields about other certificates of the chain begin with "Chain".
                fields.putIfAbsent(
                        line.substring(0, colon), line.substring(colon + 2).strip());
            }
        });
        try {
            return "Used".equals(fields.get("Status"))
                    ? Optional.of(new LoadedCertificate(
                            Path.of(fields.getOrDefault("Filename", "")),
                            fields.getOrDefault("Serial", ""),
                            date(fields.getOrDefault("notBefore", "")),
                            date(fields.getOrDefault("notAfter", "")),
                            fields.getOrDefault("SHA1 FingerPrint", "")))
                    : Optional.empty();
        } catch (DateTimeParseException e) {
            throw new HaproxyException.Failed("haproxy's answer to 'show ssl cert' has an unknown form: " + answer, e);
        }
    }

    private static Instant date(String text) {
        return DATE.parse(text.replaceAll(" +", " "), Instant::from);
    }
}

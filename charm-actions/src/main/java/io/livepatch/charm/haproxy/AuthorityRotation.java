package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.ActionAnswer;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.Charm.ActionCall;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The action {@code rotate-certificate-authority}: publishes the next authority before it is due, and sets when certificates change over
 * to it. Without a date it may be repeated.
 */
final class AuthorityRotation {
    private static final String CHANGE_OVER = "change-over";
    private static final String NOW = "now";

    private AuthorityRotation() {}

    static ActionAnswer run(Unit unit, ActionCall call, Instant now) {
        if (!unit.leader()) {
            throw new CharmException(
                    "'" + unit.name() + "' is not the leader, which alone writes the authority; run it on "
                            + unit.application() + "/leader");
        }
        if (ProvidedCertificate.of(unit.config()).isPresent()) {
            throw new CharmException(
                    "ssl-cert is set, so the charm's own authority is not used: publish the CA of the next"
                            + " pair with ca-certs, then set ssl-cert and ssl-key");
        }
        AuthoritySecret secret = new AuthoritySecret(unit);
        AuthorityRollover before = secret.rollover()
                .orElseThrow(() -> new CharmException("the certificate authority has not been created yet"));
        Optional<Instant> wanted = Optional.of(call.parameter(CHANGE_OVER))
                .filter(text -> !text.isBlank())
                .map(text -> instant(text, now, before));
        if (before.next().isEmpty()) {
            begin(secret, before, wanted, now);
        } else {
            wanted.ifPresent(secret::changeOver);
        }
        return ActionResult.of(results(secret.rollover().orElseThrow(), now));
    }

    private static void begin(AuthoritySecret secret, AuthorityRollover before, Optional<Instant> wanted, Instant now) {
        if (!now.isBefore(Certificates.notAfter(before.current()))) {
            secret.make(now);
            return;
        }
        if (wanted.filter(it -> !it.isAfter(now)).isPresent()) {
            throw new CharmException(
                    "no machine knows the next certificate authority yet, and each would refuse the server:"
                            + " run the action without change-over=now first, and give machines time to refresh");
        }
        secret.makeNext(wanted.orElseGet(() -> before.earlyChangeOver(now)), now);
    }

    private static Instant instant(String text, Instant now, AuthorityRollover rollover) {
        if (text.equals(NOW)) {
            return now;
        }
        try {
            Instant instant = LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
            if (instant.isAfter(now) && !instant.isAfter(rollover.lastChangeOver())) {
                return instant;
            }
        } catch (DateTimeException e) {
            // The message below says what is expected.
        }
        throw new CharmException("change-over '" + text + "' is neither 'now' nor a date from "
                + CertificateLifetime.day(now).plusDays(1) + " to "
                + CertificateLifetime.day(rollover.lastChangeOver()) + ", such as "
                + CertificateLifetime.day(now).plusDays(30));
    }

    private static Map<String, String> results(AuthorityRollover rollover, Instant now) {
        Map<String, String> results = new LinkedHashMap<>();
        results.put(
                "phase", rollover.phase(now).orElse("there is a new certificate authority, which no machine has yet"));
        rollover.next().ifPresent(it -> results.put(CHANGE_OVER, it.changeOver().toString()));
        return results;
    }
}

package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Relation;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.exec.Fingerprint;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.haproxy.Haproxy;
import io.livepatch.haproxy.HaproxyConfig;
import io.livepatch.haproxy.HaproxyException;
import io.livepatch.haproxy.Server;
import io.livepatch.haproxy.ServerState;
import io.livepatch.haproxy.ServerStatus;
import java.nio.file.Files;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that the plan is made from.
 *
 * @param certificate the one to serve with, when it is there and good
 * @param written whether haproxy.cfg says what it should
 * @param startable whether there is a haproxy.cfg at all: only good ones are ever written
 * @param serving whether a server that says it is ready is up in haproxy's eyes, too
 * @param published whether relations know where this is
 */
record Sight(
        boolean installed,
        boolean leader,
        Frontage frontage,
        boolean operatorsCertificate,
        boolean authorityKnown,
        Optional<Site> certificate,
        boolean related,
        List<Server> servers,
        boolean written,
        boolean startable,
        Optional<ServiceState> service,
        boolean answers,
        boolean serving,
        boolean published,
        Optional<String> obstacle) {
    private static final Duration RENEW_BEFORE = Duration.ofDays(30);

    static Sight of(Unit unit, InstantSource clock) {
        Layout layout = Layout.of(unit);
        Frontage frontage = Frontage.of(unit);
        Optional<OperatorPem> operators = OperatorPem.of(unit.config());
        Optional<Site> site = site(unit, frontage, operators, clock.instant());
        List<Server> servers = servers(unit);
        Optional<String> wanted = Optional.empty();
        Optional<String> obstacle = frontage.problem().or(() -> operators.flatMap(pem -> pem.problem(clock.instant())));
        try {
            wanted = site.map(it -> HaproxyConfig.render(Balancing.of(unit, frontage, it, servers)));
        } catch (HaproxyException.InvalidModel | CharmException.Blocked e) {
            obstacle = Optional.of(String.valueOf(e.getMessage()));
        }
        Optional<String> written = PrivateFile.read(layout.configuration());
        Optional<ServiceState> service = unit.services().state(HaproxyEdge.SERVICE);
        boolean answers = service.isPresent() && layout.haproxy().running();
        return new Sight(
                Files.isExecutable(layout.binary()),
                unit.leader(),
                frontage,
                operators.isPresent(),
                Authority.certificate(unit).isPresent(),
                site,
                !unit.relations("reverseproxy").isEmpty(),
                servers,
                wanted.isPresent() && written.equals(wanted),
                written.isPresent(),
                service,
                answers,
                answers && serving(layout.haproxy(), ready(unit)),
                unit.relations("reverseproxy").stream()
                        .allMatch(it -> it.unitBag().equals(publication(frontage))),
                obstacle);
    }

    private static boolean serving(Haproxy haproxy, Set<String> ready) {
        try {
            return haproxy.runtime().servers().stream()
                    .anyMatch(it -> it.condition() == ServerStatus.Condition.UP && ready.contains(it.name()));
        } catch (HaproxyException.NotRunning e) {
            // It ended since it answered.
            return false;
        }
    }

    /** haproxy's names for the servers that do not say they are starting or draining. */
    private static Set<String> ready(Unit unit) {
        Set<String> ready = new HashSet<>();
        for (Relation relation : unit.relations("reverseproxy")) {
            for (UnitName name : relation.remoteUnits()) {
                if (relation.remoteUnitBag(name).getOrDefault("state", "ready").equals("ready")) {
                    ready.add(Server.of(name.toString(), unit.address(), 1).haproxyName());
                }
            }
        }
        return ready;
    }

    static Map<String, String> publication(Frontage frontage) {
        return Map.of("public-address", frontage.host(), "url", frontage.url());
    }

    private static Optional<Site> site(Unit unit, Frontage frontage, Optional<OperatorPem> operators, Instant now) {
        Site site = named(unit, frontage, operators);
        Optional<String> pem = PrivateFile.read(site.pem());
        if (operators.isPresent()) {
            return pem.equals(operators.map(OperatorPem::pem)) ? Optional.of(site) : Optional.empty();
        }
        return pem.filter(text -> good(unit, frontage, text, now)).map(_ -> site);
    }

    /** Another origin is another file: so haproxy's own file changes with it, and haproxy loads it. */
    static Site named(Unit unit, Frontage frontage, Optional<OperatorPem> operators) {
        String origin = operators
                .map(pem -> Fingerprint.of(pem.pem()))
                .orElseGet(() -> Fingerprint.of(
                        Authority.certificate(unit).orElse(""), String.join(" ", frontage.subjectNames())));
        return new Site(Layout.of(unit).certificates().resolve("site-" + origin + ".pem"), origin);
    }

    private static boolean good(Unit unit, Frontage frontage, String pem, Instant now) {
        List<X509Certificate> leaf = Certificates.ofPem(pem);
        List<X509Certificate> authority =
                Certificates.ofPem(Authority.certificate(unit).orElse(""));
        return !leaf.isEmpty()
                && !authority.isEmpty()
                && Certificates.issuedBy(leaf.getFirst(), authority.getFirst())
                && Certificates.names(leaf.getFirst()).equals(Set.copyOf(frontage.subjectNames()))
                && leaf.getFirst().getNotAfter().toInstant().isAfter(now.plus(RENEW_BEFORE));
    }

    /** Those that have published where they are; what they do not say of their state, health checks find out. */
    private static List<Server> servers(Unit unit) {
        List<Server> servers = new ArrayList<>();
        for (Relation relation : unit.relations("reverseproxy")) {
            for (UnitName name : relation.remoteUnits()) {
                Map<String, String> bag = relation.remoteUnitBag(name);
                String host = bag.getOrDefault("hostname", "");
                String port = bag.getOrDefault("port", "");
                if (!host.isEmpty() && port.matches("[0-9]{1,5}")) {
                    servers.add(Server.of(name.toString(), host, Integer.parseInt(port))
                            .withState("draining".equals(bag.get("state")) ? ServerState.DRAIN : ServerState.READY));
                }
            }
        }
        return servers;
    }
}

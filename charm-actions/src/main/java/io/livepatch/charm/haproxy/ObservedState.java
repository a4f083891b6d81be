package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.ServiceLog;
import io.livepatch.charm.exec.Trial;
import io.livepatch.charm.exec.Trial.Verdict;
import io.livepatch.charm.haproxy.CertificateReport.CertificateMetrics;
import io.livepatch.haproxy.model.InvalidModelException;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.render.ConfigDigest;
import io.livepatch.haproxy.render.HaproxyConfig;
import io.livepatch.haproxy.runtime.Haproxy;
import io.livepatch.haproxy.runtime.HaproxyException;
import io.livepatch.haproxy.runtime.ServerStatus;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The input of the {@link HaproxyPlan}.
 *
 * @param written whether haproxy.cfg is the desired configuration, and a running haproxy was started with it
 * @param proven whether haproxy has run with haproxy.cfg, other servers aside
 * @param verdict about the configuration that is on trial
 * @param report what to tell about a wanted configuration that haproxy refuses
 * @param startable whether haproxy.cfg exists; only checked configurations are written
 * @param serving the backends in which haproxy reports a server as up whose unit is ready
 * @param listening where a haproxy with haproxy.cfg listens
 * @param unpublished the entries that a relation lacks, or has with another value
 * @param unpublishedTrust the CA certificates for the application's bag, if a relation has others; for the leader only
 */
record ObservedState(
        boolean installed,
        boolean leader,
        PublicEndpoint endpoint,
        CertificateState certificates,
        boolean related,
        List<Server> servers,
        boolean written,
        boolean proven,
        Verdict verdict,
        Optional<Trial.Report> report,
        boolean startable,
        Set<InetSocketAddress> listening,
        Optional<ServiceState> service,
        boolean answers,
        Set<String> serving,
        Drains.Progress drains,
        Map<String, String> unpublished,
        Optional<TrustBundle> unpublishedTrust,
        Optional<String> obstacle) {
    /** haproxy exits with 1 if it cannot start with its configuration. */
    private static final Trial.Rules RULES = new Trial.Rules(Set.of(1), Duration.ofMinutes(1));

    private static final Pattern ALERT = Pattern.compile("\\[ALERT]\\s+\\(\\d+\\) : (.*)");

    static ObservedState of(Unit unit, InstantSource clock) {
        HaproxyPaths paths = HaproxyPaths.of(unit);
        PublicEndpoint endpoint = PublicEndpoint.of(unit);
        Optional<ServiceState> service = unit.services().state(HaproxyExecutor.SERVICE);
        boolean answers = service.isPresent() && paths.haproxy().running();
        CertificateState certificates = CertificateState.of(unit, endpoint, answers, clock.instant());
        List<Server> servers = servers(unit);
        Optional<LoadBalancer> wanted = Optional.empty();
        Optional<String> refused = HaproxyRules.problem(unit.config());
        Optional<String> obstacle = refused.or(certificates::problem);
        try {
            wanted = refused.isPresent()
                    ? Optional.empty()
                    : certificates.usable().map(it -> balancer(unit, endpoint, it, servers, clock.instant()));
        } catch (InvalidModelException | CharmException.Blocked e) {
            obstacle = Optional.of(String.valueOf(e.getMessage()));
        }
        Optional<String> written = PrivateFile.read(paths.configuration());
        boolean current = wanted.isPresent()
                && written.equals(wanted.map(HaproxyConfig::render))
                && !(answers && paths.haproxy().runsOtherConfiguration(wanted.get()));
        boolean proven = paths.haproxy().fileIsProven();
        Optional<String> fingerprint = wanted.map(HaproxyConfig::render).map(ObservedState::withoutServers);
        Trial trial = Trial.continued(unit, fingerprint, service);
        Optional<LoadBalancer> unwritten = current ? Optional.empty() : wanted;
        Optional<Trial.Report> report =
                fingerprint.flatMap(it -> trial.report(unit, it)).or(() -> unstartable(unit, trial, unwritten));
        Drains.Progress drains = Drains.progress(unit, answers);
        return new ObservedState(
                Files.isExecutable(paths.binary()),
                unit.leader(),
                endpoint,
                certificates,
                !unit.relations("reverseproxy").isEmpty(),
                servers,
                current,
                proven,
                fingerprint
                        .filter(it -> report.isEmpty()
                                && trial.tries(it)
                                && !proven
                                && paths.haproxy().hasLastGood())
                        .flatMap(_ -> service)
                        .map(it -> verdict(trial, it, answers && current, paths, clock.instant()))
                        .orElseGet(Verdict.Pending::new),
                report,
                written.isPresent(),
                paths.haproxy().listening(),
                service,
                answers,
                answers ? serving(paths.haproxy(), ready(unit)) : Set.of(),
                drains,
                unpublished(unit, endpoint, drains),
                unpublishedTrust(unit, clock.instant()),
                obstacle);
    }

    /** Of a configuration's text: servers that come, leave or drain change nothing about its being refused. */
    static String withoutServers(String text) {
        return ConfigDigest.find(text).map(ConfigDigest::frame).orElse("");
    }

    private static Optional<Trial.Report> unstartable(Unit unit, Trial trial, Optional<LoadBalancer> unwritten) {
        return unwritten
                .map(it -> HaproxyPaths.of(unit).haproxy().obstacles(it))
                .filter(problems -> !problems.isEmpty())
                .map(problems -> trial.reportObstacle(unit, String.join("; ", problems)));
    }

    private static Verdict verdict(Trial trial, ServiceState service, boolean works, HaproxyPaths paths, Instant now) {
        Optional<String> cause = trial.attempt().flatMap(it -> alert(paths, it.logFrom()));
        return trial.judge(new Trial.Observation(service, works, false, cause, now), RULES);
    }

    /** The first alert in the log from this position on. */
    static Optional<String> alert(HaproxyPaths paths, long from) {
        return ServiceLog.first(paths.log(), from, ALERT);
    }

    private static Set<String> serving(Haproxy haproxy, Set<String> ready) {
        try {
            return haproxy.runtime().servers().stream()
                    .filter(it -> it.condition() == ServerStatus.Condition.UP && ready.contains(it.name()))
                    .map(ServerStatus::backend)
                    .collect(Collectors.toSet());
        } catch (HaproxyException.NotRunning | HaproxyException.CommandRefused e) {
            // haproxy ended after it had answered, or during the answer.
            return Set.of();
        }
    }

    /** haproxy's names of the servers whose units do not publish that they start or drain. */
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

    /** The entries that a relation lacks, or has with another value. */
    private static Map<String, String> unpublished(Unit unit, PublicEndpoint endpoint, Drains.Progress drains) {
        Map<String, String> entries = new TreeMap<>(
                Map.of("public-address", endpoint.host(), "url", endpoint.url(), Drains.DRAINED, drains.drained()));
        List<Relation> relations = unit.relations("reverseproxy");
        entries.entrySet()
                .removeIf(entry -> relations.stream()
                        .allMatch(relation ->
                                entry.getValue().equals(relation.unitBag().get(entry.getKey()))));
        return entries;
    }

    private static Optional<TrustBundle> unpublishedTrust(Unit unit, Instant now) {
        TrustBundle bundle = TrustBundle.of(unit, now);
        return Optional.of(bundle)
                .filter(_ -> unit.leader()
                        && unit.relations("reverseproxy").stream()
                                .anyMatch(relation -> !Relation.contains(relation.applicationBag(), bundle.entries())));
    }

    static LoadBalancer balancer(
            Unit unit, PublicEndpoint endpoint, CertificateFile certificate, List<Server> servers, Instant now) {
        return LoadBalancerFactory.of(unit, endpoint, certificate, servers, TrustBundle.of(unit, now))
                .withMetricsPages(CertificateMetrics.pages(certificate, authorityEnd(unit, certificate)));
    }

    /** The end of the application's authority that issued this certificate; empty for a certificate of the operator. */
    static Optional<Instant> authorityEnd(Unit unit, CertificateFile certificate) {
        return new AuthoritySecret(unit)
                .rollover()
                .flatMap(it -> it.issuerOf(certificate.leaf()))
                .map(Certificates::notAfter);
    }

    /** The units that have published host and port; a missing state means ready, subject to health checks. */
    private static List<Server> servers(Unit unit) {
        List<Server> servers = new ArrayList<>();
        for (Relation relation : unit.relations("reverseproxy")) {
            for (UnitName name : relation.remoteUnits()) {
                Map<String, String> bag = relation.remoteUnitBag(name);
                String host = bag.getOrDefault("hostname", "");
                String port = bag.getOrDefault("port", "");
                if (!host.isEmpty() && port.matches("[0-9]{1,5}")) {
                    servers.add(Server.of(name.toString(), host, Integer.parseInt(port))
                            .withState(Drains.isDraining(relation, name) ? Server.State.DRAIN : Server.State.READY));
                }
            }
        }
        return servers;
    }
}

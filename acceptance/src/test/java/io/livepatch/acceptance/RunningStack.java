package io.livepatch.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.json.JsonMapper;

/**
 * A local model with one haproxy unit and one livepatch unit, all active, in which three sample patches are in the first tier. It
 * knows the addresses of attackers and well-behaved clients.
 *
 * @param haproxy address of haproxy's unit, which serves HTTPS at 8443 and redirects at 8080
 * @param unit address of the livepatch unit, which serves HTTP at 8080
 * @param authToken enrols machines into the first tier
 */
record RunningStack(
        TestModel model,
        Scripts scripts,
        String haproxy,
        String unit,
        SSLContext tls,
        Administrator administrator,
        String authToken) {
    static final int HTTPS = 8443;
    static final int HTTP = 8080;

    /** A kernel with a patch of 250 KB. */
    static final String KERNEL = "6.1.0-56.192-amd64";

    /** A kernel with a patch of 5 MB. */
    static final String LARGE_KERNEL = "6.1.0-56.192-rt-amd64";

    /** A kernel with a patch of 60 KB, which fits into the buffers of sockets. */
    static final String SMALL_KERNEL = "6.1.0-56.192-cloud-amd64";

    private static final List<String> PATCHES = List.of(
            "livepatch-" + KERNEL + "-56.2-amd64.tar.bz2",
            "livepatch-" + LARGE_KERNEL + "-56.10-amd64.tar.bz2",
            "livepatch-" + SMALL_KERNEL + "-56.1-amd64.tar.bz2");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Runs {@code scripts/up}, with these arguments as well, and imports the patches. */
    static RunningStack up(TestModel model, Scripts scripts, String... arguments) throws Exception {
        String[] all = new String[arguments.length + 2];
        all[0] = "--no-build";
        all[1] = "--no-proof";
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        scripts.run("up", all).expectSuccess();
        String haproxy = field(scripts.run("juju", "show-unit", "haproxy/0", "--format", "json"), "address");
        String unit = field(scripts.run("juju", "show-unit", "livepatch/0", "--format", "json"), "address");
        String password =
                field(scripts.run("juju", "run", "livepatch/0", "get-admin-password", "--format", "json"), "password");
        Administrator administrator = new Administrator("http://" + unit + ":" + HTTP, neighbour(unit, 201), password);
        administrator.logIn();
        for (String patch : PATCHES) {
            byte[] bytes = Files.readAllBytes(model.work().resolve("samples").resolve(patch));
            String digest = Base64.getEncoder().encodeToString(HexFormat.of().parseHex(PatchFetcher.sha256(bytes)));
            administrator.addPatch(patch, bytes, digest);
        }
        SSLContext tls = Https.trusting(model.home().resolve("ca.crt"));
        return new RunningStack(
                model, scripts, haproxy, unit, tls, administrator, administrator.issueAuthToken("edge"));
    }

    /** A legitimate machine that uses haproxy from its own source address. */
    Machine machine(int number) {
        return new Machine("https://" + haproxy + ":" + HTTPS, tls, neighbour(haproxy, number), authToken, KERNEL);
    }

    /** A well-behaved machine that connects to the unit directly. */
    Machine machineAtUnit(int number) {
        return new Machine("http://" + unit + ":" + HTTP, tls, neighbour(unit, number), authToken, KERNEL);
    }

    /** Path and query of a signed URL of the newest patch for this kernel. */
    String signedPath(String kernel) throws Exception {
        Machine machine =
                new Machine("https://" + haproxy + ":" + HTTPS, tls, neighbour(haproxy, 202), authToken, kernel);
        machine.enrol();
        machine.checkIn();
        return machine.signedPath();
    }

    /** The address of an attacker: outside the units' addresses and unique to this stack. */
    String attacker(int number) {
        return "127." + haproxy.split("\\.", -1)[2] + "." + (1 + number / 250) + "." + (1 + number % 250);
    }

    /** Number of requests and connections that haproxy refused, by reason; empty where it does not count them. */
    Map<String, Long> refused() throws Exception {
        String metrics;
        try (HttpCalls calls = new HttpCalls(tls, neighbour(haproxy, 203), false)) {
            metrics = calls.text("http://" + haproxy + ":9101/metrics/refused");
        } catch (IOException e) {
            return Map.of();
        }
        String name = "haproxy_refused_total{reason=\"";
        return metrics.lines()
                .filter(line -> line.startsWith(name))
                .collect(Collectors.toMap(
                        line -> line.substring(name.length(), line.indexOf('"', name.length())),
                        line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)),
                        Long::sum));
    }

    /** Number of refusals for any of these reasons. */
    long refused(Set<String> reasons) throws Exception {
        return refused().entrySet().stream()
                .filter(reason -> reasons.contains(reason.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Status, processes and the newest log lines, for the message of a failed test. */
    String describe() {
        return String.join(
                "\n",
                scripts.run("juju", "status").output(),
                String.join("\n", new TreeSet<>(Processes.of(model.home()))),
                scripts.run("juju", "debug-log", "--no-tail", "--lines", "200").output());
    }

    static String field(Scripts.Outcome outcome, String field) {
        return JSON.readTree(outcome.expectSuccess().out()).findValue(field).asString();
    }

    private static String neighbour(String address, int number) {
        return address.substring(0, address.lastIndexOf('.') + 1) + number;
    }
}

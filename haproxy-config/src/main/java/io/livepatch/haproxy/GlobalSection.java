package io.livepatch.haproxy;

/** {@code global}: the process itself, and what every TLS bind has in common. */
final class GlobalSection {
    /** Mozilla's "intermediate" server-side TLS profile, version 5.7. */
    private static final String CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
            + ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
            + ":ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

    private static final String SUITES = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

    private GlobalSection() {}

    static void write(LoadBalancer lb, Lines lines) {
        lines.add("node " + lb.name().replace('/', '-'))
                .why("to the log file of whoever runs this process")
                .add("log stdout format raw local0 info")
                .why(
                        "expose-fd: the master hands open sockets on by itself; this is for who starts a successor by hand (-x)")
                .add("stats socket " + lb.paths().adminSocket() + " mode 600 level admin expose-fd listeners")
                .why("filled just before a reload: a server that is down is still down for the new worker")
                .add("server-state-file " + lb.paths().stateFile())
                .why("an old worker with open requests ends at the latest then")
                .add("hard-stop-after " + Grammar.time(lb.timeouts().hardStop()))
                .why("two descriptors a connection: 'ulimit -n' must allow " + lb.fileDescriptors())
                .add("maxconn " + lb.connections())
                .add("tune.bufsize " + lb.limits().headerBytes())
                .add("tune.http.maxhdr " + lb.limits().headerCount());
        lb.limits().threads().ifPresent(threads -> lines.add("nbthread " + threads));
        lb.sourceLimits()
                .ifPresent(
                        limits -> lines.why("more would only be refused, since each counts as a request of its source")
                                .add("tune.h2.max-concurrent-streams " + limits.requests()));
        lines.add("ssl-default-bind-options ssl-min-ver TLSv1.2 prefer-client-ciphers no-tls-tickets")
                .add("ssl-default-bind-curves X25519:prime256v1:secp384r1")
                .add("ssl-default-bind-ciphers " + CIPHERS)
                .add("ssl-default-bind-ciphersuites " + SUITES);
    }
}

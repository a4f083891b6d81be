package io.livepatch.supervisor.config;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.config.SupervisorOptions.Admin;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Checks that no two listeners have one port. */
record PortCheck(Diagnostic.Collector diagnostics) {

    /**
     * A range of ports that will be listened on.
     *
     * @param key of the option that asks for them
     * @param address the address; empty for workers, which choose it themselves
     * @param why the range has this length
     */
    private record Claim(String key, Optional<String> address, int first, int last, String why) {

        boolean overlaps(Claim other) {
            boolean sameAddress = everywhere() || other.everywhere() || address.equals(other.address);
            return sameAddress && first <= other.last && other.first <= last;
        }

        private boolean everywhere() {
            return address.isEmpty()
                    || address.filter(it -> it.equals("0.0.0.0") || it.matches("[0:]+"))
                            .isPresent();
        }

        @Override
        public String toString() {
            return first == last ? "port " + first : "ports %d-%d (%s)".formatted(first, last, why);
        }
    }

    void check(SupervisorConfig config) {
        List<Claim> claims = new ArrayList<>();
        Admin admin = config.admin();
        if (admin.port() > 0) {
            claims.add(new Claim("admin.port", Optional.of(admin.host()), admin.port(), admin.port(), ""));
        }
        config.pools().forEach(pool -> claims.addAll(claims(pool.spec())));
        for (int later = 1; later < claims.size(); later++) {
            for (Claim earlier : claims.subList(0, later)) {
                Claim claim = claims.get(later);
                if (claim.overlaps(earlier)) {
                    diagnostics.add(Diagnostic.error(
                            claim.key(),
                            "%s: %s of %s is there already; move one of them"
                                    .formatted(claim, earlier, earlier.key())));
                }
            }
        }
    }

    private static List<Claim> claims(PoolSpec spec) {
        return switch (spec.listening()) {
            case Listening.Unmanaged() -> List.of();
            case Listening.Shared shared -> {
                List<Claim> claims = new ArrayList<>();
                claims.add(single(Diagnostic.path(spec, "listen.port"), shared.address()));
                if (shared.firstWorkerPort().isPresent()) {
                    claims.add(range(
                            spec, "listen.worker_port", shared.firstWorkerPort().getAsInt()));
                }
                yield claims;
            }
            case Listening.Proxied proxied ->
                List.of(
                        single(Diagnostic.path(spec, "server.listener_port"), proxied.entrance()),
                        range(spec, "server.port_arg.start_port", proxied.firstPort()));
        };
    }

    private static Claim single(String key, InetSocketAddress address) {
        return new Claim(key, Optional.of(address.getHostString()), address.getPort(), address.getPort(), "");
    }

    private static Claim range(PoolSpec spec, String key, int first) {
        int last = first + Math.max(spec.maxWorkers(), 1) - 1;
        String why = "%d replicas and %d more while some are replaced"
                .formatted(spec.replicas(), spec.recycling().surge());
        return new Claim(Diagnostic.path(spec, key), Optional.empty(), first, last, why);
    }
}

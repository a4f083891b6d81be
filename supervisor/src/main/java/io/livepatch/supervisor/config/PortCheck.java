package io.livepatch.supervisor.config;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** That no port is meant for two. */
record PortCheck(Findings findings) {

    /**
     * Ports that somebody is going to listen on.
     *
     * @param address where; empty for workers, which choose that themselves
     * @param why so many
     */
    private record Claim(String key, Optional<String> address, int first, int last, String why) {

        boolean meets(Claim other) {
            boolean samePlace = everywhere() || other.everywhere() || address.equals(other.address);
            return samePlace && first <= other.last && other.first <= last;
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

    void look(SupervisorConfig config) {
        List<Claim> claims = new ArrayList<>();
        AdminSettings admin = config.admin();
        if (admin.port() > 0) {
            claims.add(new Claim("admin.port", Optional.of(admin.address()), admin.port(), admin.port(), ""));
        }
        config.pools().forEach(pool -> claims.addAll(claims(pool.spec())));
        for (int later = 1; later < claims.size(); later++) {
            for (Claim earlier : claims.subList(0, later)) {
                Claim claim = claims.get(later);
                if (claim.meets(earlier)) {
                    findings.add(Finding.error(
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
                claims.add(single(Findings.path(spec, "listen.port"), shared.address()));
                if (shared.firstWorkerPort().isPresent()) {
                    claims.add(range(
                            spec, "listen.worker_port", shared.firstWorkerPort().getAsInt()));
                }
                yield claims;
            }
            case Listening.Proxied proxied ->
                List.of(
                        single(Findings.path(spec, "server.listener_port"), proxied.entrance()),
                        range(spec, "server.port_arg.start_port", proxied.firstPort()));
        };
    }

    private static Claim single(String key, InetSocketAddress address) {
        return new Claim(key, Optional.of(address.getHostString()), address.getPort(), address.getPort(), "");
    }

    private static Claim range(PoolSpec spec, String key, int first) {
        int last = first + Math.max(spec.seats(), 1) - 1;
        String why = "%d replicas and %d more while some are replaced"
                .formatted(spec.replicas(), spec.recycling().surge());
        return new Claim(Findings.path(spec, key), Optional.empty(), first, last, why);
    }
}

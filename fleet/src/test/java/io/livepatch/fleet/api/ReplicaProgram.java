package io.livepatch.fleet.api;

import io.livepatch.common.config.Secret;
import io.livepatch.common.http.AdminEndpoint;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.replica.Membership;
import io.livepatch.fleet.replica.PostgresMembership;
import io.livepatch.fleet.replica.Replica;
import io.livepatch.fleet.replica.ReplicaException;
import io.livepatch.fleet.replica.ReplicaSettings;
import io.livepatch.fleet.replica.RunDatabase;
import io.livepatch.fleet.replica.StaticMembership;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One replica. Arguments: index, all ports, seconds of the start timeout, token or {@code -}, DSN or {@code -}, YAML of a flock or {@code -}. Leaves when
 * it is let go on.
 */
final class ReplicaProgram {
    static final Duration LOST_AFTER = Duration.ofSeconds(6);

    private ReplicaProgram() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        int index = Integer.parseInt(args[0]);
        List<URI> addresses = Arrays.stream(args[1].split(",", -1))
                .map(port -> URI.create("http://127.0.0.1:" + port))
                .toList();
        Optional<Secret> token =
                Optional.of(args[3]).filter(it -> !"-".equals(it)).map(Secret::new);
        ReplicaSettings settings = new ReplicaSettings(
                "a-run",
                index,
                addresses.size(),
                addresses.get(index),
                LOST_AFTER,
                Duration.ofSeconds(Integer.parseInt(args[2])),
                token);
        SmallText format = new SmallText();
        List<Flock> flocks = "-".equals(args[5]) ? List.of() : List.of(format.read(args[5]));
        Replica replica = new Replica(
                settings,
                membership(settings, args[4], addresses),
                new SmallRuns(index),
                format,
                InstantSource.system());
        ApiSettings api = new ApiSettings(
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), addresses.get(index).getPort()),
                token,
                "1.2.3");
        try (AdminEndpoint server = ApiServer.start(api, replica)) {
            replica.start(flocks);
            System.out.println("serves on " + server.address().getPort());
            if (!flocks.isEmpty()) {
                Thread.ofVirtual().start(() -> say(replica));
            }
            int _ = System.in.read();
            replica.close();
        }
        System.out.println("left");
    }

    private static void say(Replica replica) {
        try {
            replica.awaitAllEnded();
            System.out.println(
                    "ended, " + replica.cachedView().flocks().getFirst().stats().done() + " iterations");
        } catch (ReplicaException.Displaced e) {
            System.out.println("displaced: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Membership membership(ReplicaSettings settings, String dsn, List<URI> addresses) {
        if (settings.count() == 1) {
            return new StaticMembership(settings, List.of(settings.address()));
        }
        return "-".equals(dsn)
                ? new StaticMembership(settings, addresses)
                : new PostgresMembership(settings, RunDatabase.at(dsn, LOST_AFTER), InstantSource.system());
    }
}

package io.livepatch.fleet.workload;

import io.livepatch.fleet.load.WorkloadRunner.IterationException;
import io.livepatch.fleet.protocol.CheckInAnswer;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.LivepatchClient;
import io.livepatch.fleet.protocol.LivepatchException;
import io.livepatch.fleet.protocol.OfferedPatch;
import io.livepatch.fleet.protocol.Ping;
import io.livepatch.fleet.stats.Recorder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One iteration of one monkey: each call is recorded as a step, and a failure is an {@link IterationException} with its kind.
 *
 * <p>With {@code connections: new}, the calls that may be the last of an iteration close their connection, so there are as many new connections as
 * iterations.
 *
 * @param last makes the calls that may be the last of an iteration
 */
record Iteration(LivepatchClient client, LivepatchClient last, MachineIdentities machines, Recorder recorder) {
    private static final int UNAUTHORIZED = 401;

    /** Enrols the machine if it has no token. */
    Credentials enrolled(int monkey) throws InterruptedException {
        Optional<Credentials> credentials = machines.credentials(monkey);
        return credentials.isPresent() ? credentials.get() : enrol(monkey);
    }

    Credentials enrol(int monkey) throws InterruptedException {
        Credentials credentials = step(
                LivepatchClient.ENROL,
                () -> client.enrol(
                                machines.id(monkey),
                                machines.authToken(),
                                machines.key(monkey),
                                machines.platform(monkey),
                                MachineIdentities.CLIENT_VERSION)
                        .credentials());
        machines.keep(monkey, credentials);
        return credentials;
    }

    CheckInAnswer checkIn(int monkey, Credentials credentials) throws InterruptedException {
        return checkIn(last, monkey, credentials);
    }

    /** Checks in; anything but a patch is a failure. */
    OfferedPatch offer(int monkey, Credentials credentials) throws InterruptedException {
        if (checkIn(client, monkey, credentials) instanceof CheckInAnswer.Apply(OfferedPatch patch)) {
            return patch;
        }
        throw new IterationException(
                "no patch offered",
                "the server has no patch for kernel '%s' in these machines' tier"
                        .formatted(machines.platform(monkey).kernel()),
                null);
    }

    /** A machine that the server no longer knows enrols in its next iteration. */
    private CheckInAnswer checkIn(LivepatchClient over, int monkey, Credentials credentials)
            throws InterruptedException {
        try {
            return step(LivepatchClient.CHECK_IN, () -> over.checkIn(credentials, machines.report(monkey)));
        } catch (IterationException e) {
            if (e.getCause() instanceof LivepatchException.Refused refused && refused.status() == UNAUTHORIZED) {
                machines.forget(monkey);
            }
            throw e;
        }
    }

    void verify(OfferedPatch patch, long bytesPerSecond) throws InterruptedException {
        step(LivepatchClient.DOWNLOAD, () -> {
            last.verify(patch, bytesPerSecond);
            return patch;
        });
    }

    void ping(Credentials credentials, Ping ping, boolean isLast) throws InterruptedException {
        step(LivepatchClient.PING, () -> {
            (isLast ? last : client).ping(credentials, ping);
            return ping;
        });
    }

    void leave(Credentials credentials) throws InterruptedException {
        step(LivepatchClient.LEAVE, () -> {
            last.leave(credentials);
            return credentials;
        });
    }

    /**
     * Sends a request that the client itself would not make.
     *
     * @param check throws {@link IterationException} for a wrong response
     */
    void sendRaw(String step, HttpRequest request, Consumer<HttpResponse<byte[]>> check) throws InterruptedException {
        step(step, () -> {
            check.accept(last.send(step, request));
            return step;
        });
    }

    private <T> T step(String name, Supplier<T> call) throws InterruptedException {
        long begun = System.nanoTime();
        try {
            T result = call.get();
            recorder.step(name, begun, System.nanoTime(), Optional.empty());
            return result;
        } catch (LivepatchException.Interrupted e) {
            // The exception below replaces the flag.
            var _ = Thread.interrupted();
            throw new InterruptedException(e.getMessage());
        } catch (IterationException e) {
            recorder.step(name, begun, System.nanoTime(), Optional.of(e.kind()));
            throw e;
        } catch (LivepatchException e) {
            recorder.step(name, begun, System.nanoTime(), Optional.of(e.kind()));
            throw new IterationException(e.kind(), String.valueOf(e.getMessage()), e);
        }
    }
}

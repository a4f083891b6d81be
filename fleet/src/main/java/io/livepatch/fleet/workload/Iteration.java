package io.livepatch.fleet.workload;

import io.livepatch.fleet.load.IterationException;
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
 * One turn of one monkey: each call is a step for the recorder, and what fails is a {@link IterationException} of its kind.
 *
 * <p>Where each turn is to have a connection of its own, the calls with which it may end are the last ones on theirs. The others may be
 * made on any, so there are as many new connections as turns.
 */
final class Iteration {
    private static final int UNAUTHORIZED = 401;

    private final LivepatchClient client;
    private final LivepatchClient last;
    private final MachineIdentities machineIdentities;
    private final Recorder recorder;

    Iteration(LivepatchClient client, LivepatchClient last, MachineIdentities machineIdentities, Recorder recorder) {
        this.client = client;
        this.last = last;
        this.machineIdentities = machineIdentities;
        this.recorder = recorder;
    }

    MachineIdentities machines() {
        return machineIdentities;
    }

    /** A machine enrols at its first turn, and again once it was forgotten. */
    Credentials enrolled(int monkey) throws InterruptedException {
        Optional<Credentials> credentials = machineIdentities.credentials(monkey);
        return credentials.isPresent() ? credentials.get() : enrol(monkey);
    }

    Credentials enrol(int monkey) throws InterruptedException {
        Credentials credentials = step(
                LivepatchClient.ENROL,
                () -> client.enrol(
                                machineIdentities.id(monkey),
                                machineIdentities.authToken(),
                                machineIdentities.key(monkey),
                                machineIdentities.platform(monkey),
                                MachineIdentities.CLIENT_VERSION)
                        .credentials());
        machineIdentities.keep(monkey, credentials);
        return credentials;
    }

    /** Asks, with a call after which there may be nothing more to say. */
    CheckInAnswer checkIn(int monkey, Credentials credentials) throws InterruptedException {
        return ask(last, monkey, credentials);
    }

    /** Asks, and takes nothing but a patch for an answer. */
    OfferedPatch offer(int monkey, Credentials credentials) throws InterruptedException {
        if (ask(client, monkey, credentials) instanceof CheckInAnswer.Apply(OfferedPatch patch)) {
            return patch;
        }
        throw new IterationException(
                "no patch offered",
                "the server has no patch for kernel '%s' in these machines' tier"
                        .formatted(machineIdentities.platform(monkey).kernel()),
                null);
    }

    /** A machine that is not known any more enrols at its next turn. */
    private CheckInAnswer ask(LivepatchClient over, int monkey, Credentials credentials) throws InterruptedException {
        try {
            return step(LivepatchClient.CHECK_IN, () -> over.checkIn(credentials, machineIdentities.report(monkey)));
        } catch (IterationException e) {
            if (e.getCause() instanceof LivepatchException.Refused refused && refused.status() == UNAUTHORIZED) {
                machineIdentities.forget(monkey);
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

    void ping(Credentials credentials, Ping ping, boolean lastWord) throws InterruptedException {
        step(LivepatchClient.PING, () -> {
            (lastWord ? last : client).ping(credentials, ping);
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
     * Sends what no good machine would.
     *
     * @param right finds the answer right, or throws {@link IterationException}
     */
    void misbehave(String how, HttpRequest request, Consumer<HttpResponse<byte[]>> right) throws InterruptedException {
        step(how, () -> {
            right.accept(last.send(how, request));
            return how;
        });
    }

    private <T> T step(String name, Supplier<T> call) throws InterruptedException {
        long begun = System.nanoTime();
        try {
            T result = call.get();
            recorder.step(name, begun, System.nanoTime(), Optional.empty());
            return result;
        } catch (LivepatchException.Interrupted e) {
            // The flag says the same as the exception does, once too often.
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

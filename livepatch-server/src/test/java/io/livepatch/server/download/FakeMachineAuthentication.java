package io.livepatch.server.download;

import io.livepatch.server.catalog.TierName;
import io.livepatch.server.http.Exchange;
import io.livepatch.server.machine.Machine;
import io.livepatch.server.machine.Machine.MachineId;
import io.livepatch.server.machine.MachineAuthentication;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;

/** Authenticates machines of two tiers by the tokens {@code edge} and {@code stable}, the first on another thread. */
final class FakeMachineAuthentication implements MachineAuthentication {
    @Override
    public void authenticate(Exchange exchange, Consumer<Machine> then) {
        String sent = exchange.header(HttpHeader.AUTHORIZATION).orElse("");
        switch (sent) {
            case "Bearer stable" -> then.accept(machine("stable"));
            case "Bearer edge" ->
                exchange.executor().execute(() -> {
                    try {
                        then.accept(machine("edge"));
                    } catch (RuntimeException e) {
                        exchange.fail(e);
                    }
                });
            default -> exchange.fail(new ProblemException.Unauthorized("unknown machine token"));
        }
    }

    private static Machine machine(String tier) {
        return new Machine(new MachineId("m1"), new TierName(tier), Sha256.of(new byte[0]));
    }

    @Override
    public void invalidate(Machine machine) {
        throw new UnsupportedOperationException();
    }
}

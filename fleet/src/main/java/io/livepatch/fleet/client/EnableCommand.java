package io.livepatch.fleet.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.common.cli.Version;
import io.livepatch.common.config.Secret;
import io.livepatch.fleet.protocol.ClientKey;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.Credentials.MachineId;
import io.livepatch.fleet.protocol.LivepatchClient.Enrolment;
import io.livepatch.fleet.protocol.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code livepatch-client enable}. */
@Command(name = "enable", description = "Enrols this machine with an auth token.", mixinStandardHelpOptions = true)
final class EnableCommand implements Callable<Integer> {
    private final ClientContext clientContext;

    @Parameters(
            arity = "0..1",
            paramLabel = "TOKEN",
            description =
                    "from livepatch-admin auth-token; every process on this machine can see it while this runs, @stdin hides it")
    Optional<String> token = Optional.empty();

    @Option(names = "--token-file", paramLabel = "FILE", description = "reads the token from this file")
    Optional<Path> tokenFile = Optional.empty();

    @Option(names = "--machine-id", paramLabel = "ID", description = "enrols with this ID instead of /etc/machine-id")
    Optional<String> machineId = Optional.empty();

    @Mixin
    MachineFacts.Options options = new MachineFacts.Options();

    EnableCommand(ClientContext clientContext) {
        this.clientContext = clientContext;
    }

    @Override
    public Integer call() {
        Secret authToken = Credentials.token(authToken().strip());
        MachineFacts machine = new MachineFacts(clientContext.root());
        try (ClientDirectory home = clientContext.openDirectory()) {
            ClientState state = withIdentity(home, machine);
            Platform platform = machine.platform(options.overrides());
            MachineId id = new MachineId(
                    machineId.or(machine::id).or(state::madeMachineId).orElseThrow());
            try (ClientContext.Connection connection = clientContext.connect(state)) {
                Enrolment enrolment = connection.client().enrol(id, authToken, key(state), platform, Version.current());
                String machineToken = enrolment.credentials().token().reveal();
                home.write(state.withEnrolled(
                        Optional.of(new ClientState.Enrolled(
                                id.text(),
                                machineToken,
                                enrolment.tier(),
                                clientContext.clock().instant())),
                        options.overrides()));
                clientContext
                        .out()
                        .println("enabled: machine %s is in tier '%s'; next: livepatch-client refresh"
                                .formatted(id, enrolment.tier()));
            }
        }
        return Main.OK;
    }

    /** Stores the key before its first use: if the response is lost, the next enrolment is recognized as of the same client. */
    private ClientState withIdentity(ClientDirectory home, MachineFacts machine) {
        ClientState state = home.read();
        boolean idIsMissing = machineId.isEmpty()
                && machine.id().isEmpty()
                && state.madeMachineId().isEmpty();
        if (!idIsMissing && state.enrolmentKey().isPresent()) {
            return state;
        }
        ClientState known = state.withIdentity(
                idIsMissing ? Optional.of(randomMachineId()) : state.madeMachineId(),
                state.enrolmentKey().map(ClientState.Key::key).orElseGet(ClientKey::generate));
        home.write(known);
        return known;
    }

    private static ClientKey key(ClientState state) {
        return state.enrolmentKey().orElseThrow().forServer(state.server().orElseThrow());
    }

    private String randomMachineId() {
        long high = clientContext.random().nextLong();
        long low = clientContext.random().nextLong();
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }

    private String authToken() {
        if (token.isPresent() == tokenFile.isPresent()) {
            throw new IllegalArgumentException("give one of TOKEN, @stdin and --token-file");
        }
        if (token.isPresent()) {
            return token.get().equals("@stdin") ? clientContext.readInput() : token.get();
        }
        try {
            return Files.readString(tokenFile.orElseThrow(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read token file: " + e, e);
        }
    }
}

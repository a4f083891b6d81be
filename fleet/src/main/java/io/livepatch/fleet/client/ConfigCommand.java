package io.livepatch.fleet.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.protocol.ServerAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code livepatch-client config}. */
@Command(
        name = "config",
        description = "Says which server to ask, and which CA to believe; alone, shows both.",
        mixinStandardHelpOptions = true)
final class ConfigCommand implements Callable<Integer> {
    private final ClientContext clientContext;

    @Parameters(
            paramLabel = "KEY=VALUE",
            description = {
                "remote-server=URL  where the server is, https",
                "ca-certs=FILE      PEM of the only CA to believe; @stdin reads it from there, empty means the system's"
            })
    List<String> settings = new ArrayList<>();

    @Option(
            names = "--allow-http",
            description = "take an http URL: anybody on the line can then read and change what is said")
    boolean allowHttp;

    ConfigCommand(ClientContext clientContext) {
        this.clientContext = clientContext;
    }

    @Override
    public Integer call() {
        if (settings.isEmpty()) {
            show(ClientDirectory.read(ClientDirectory.directory(clientContext.environment())));
            return Program.OK;
        }
        try (ClientDirectory home = ClientDirectory.open(ClientDirectory.directory(clientContext.environment()))) {
            ClientState before = home.read();
            ClientState after = before;
            for (String setting : settings) {
                after = apply(after, setting);
            }
            home.write(after);
            if (before.enrolled().isPresent() && after.enrolled().isEmpty()) {
                clientContext.out().println("the server is another one now: run livepatch-client enable <token>");
            }
        }
        return Program.OK;
    }

    private ClientState apply(ClientState state, String setting) {
        String[] pair = setting.split("=", 2);
        String value = pair.length == 2 ? pair[1] : "";
        return switch (pair[0]) {
            case "remote-server" -> {
                ServerAddress url = ServerAddress.parse(value, allowHttp);
                Optional<String> ca = state.server().flatMap(ClientState.Server::caCerts);
                yield state.withServer(new ClientState.Server(url.toString(), allowHttp, ca));
            }
            case "ca-certs" -> {
                ClientState.Server server = state.server()
                        .orElseThrow(() -> new IllegalArgumentException(
                                "ca-certs before remote-server: say remote-server=URL first"));
                yield state.withServer(new ClientState.Server(server.url(), server.allowHttp(), authorities(value)));
            }
            default ->
                throw new IllegalArgumentException(
                        "unknown setting '%s', expected remote-server=URL or ca-certs=FILE".formatted(pair[0]));
        };
    }

    private Optional<String> authorities(String value) {
        if (value.isEmpty()) {
            return Optional.empty();
        }
        try {
            String pem = value.equals("@stdin") ? clientContext.readInput() : Files.readString(Path.of(value), UTF_8);
            return Optional.of(CaBundle.parse(pem).pem());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read CA file '" + value + "': " + e, e);
        }
    }

    private void show(ClientState state) {
        String url = state.server().map(ClientState.Server::url).orElse("");
        boolean own = state.server().flatMap(ClientState.Server::caCerts).isPresent();
        clientContext.out().println("remote-server: " + url);
        clientContext.out().println("ca-certs: " + (own ? "the operator's" : "the system's"));
    }
}

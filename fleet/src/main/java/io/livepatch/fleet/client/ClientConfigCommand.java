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
        description = "Sets the server and the CA to trust; without arguments, shows both.",
        mixinStandardHelpOptions = true)
final class ClientConfigCommand implements Callable<Integer> {
    private final ClientContext clientContext;

    @Parameters(
            paramLabel = "KEY=VALUE",
            description = {
                "remote-server=URL  the https URL of the server",
                "ca-certs=FILE      PEM file of the only CA to trust; @stdin reads standard input, empty means the system's CAs",
                "                   A server of this CA can publish its next CA, which refresh then trusts too."
            })
    List<String> settings = new ArrayList<>();

    @Option(
            names = "--allow-http",
            description = "accepts an http URL; anyone on the network can then read and change the traffic")
    boolean allowHttp;

    ClientConfigCommand(ClientContext clientContext) {
        this.clientContext = clientContext;
    }

    @Override
    public Integer call() {
        if (settings.isEmpty()) {
            show(clientContext.readState());
            return Main.OK;
        }
        try (ClientDirectory home = clientContext.openDirectory()) {
            ClientState before = home.read();
            ClientState after = before;
            for (String setting : settings) {
                after = apply(after, setting);
            }
            home.write(after);
            if (before.enrolled().isPresent() && after.enrolled().isEmpty()) {
                clientContext.out().println("the server has changed: run livepatch-client enable <token>");
            }
        }
        return Main.OK;
    }

    private ClientState apply(ClientState state, String setting) {
        String[] pair = setting.split("=", 2);
        String value = pair.length == 2 ? pair[1] : "";
        return switch (pair[0]) {
            case "remote-server" -> {
                ServerAddress url = ServerAddress.parse(value, allowHttp);
                Optional<String> ca = state.server().flatMap(ClientState.Server::caCerts);
                // Another server must not be trusted because of what this one published.
                Optional<String> published = state.server()
                        .filter(before -> before.url().equals(url.toString()))
                        .flatMap(ClientState.Server::publishedCaCerts);
                yield state.withServer(new ClientState.Server(url.toString(), allowHttp, ca, published));
            }
            case "ca-certs" -> {
                ClientState.Server server = state.server()
                        .orElseThrow(() ->
                                new IllegalArgumentException("ca-certs needs a server: give remote-server=URL first"));
                yield state.withServer(
                        new ClientState.Server(server.url(), server.allowHttp(), authorities(value), Optional.empty()));
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
        boolean published =
                state.server().flatMap(ClientState.Server::publishedCaCerts).isPresent();
        clientContext.out().println("remote-server: " + url);
        clientContext
                .out()
                .println("ca-certs: " + (own ? "the operator's" : "the system's")
                        + (published ? ", and those that the server published" : ""));
    }
}

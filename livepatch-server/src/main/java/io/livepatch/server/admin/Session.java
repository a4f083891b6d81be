package io.livepatch.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.common.net.CaBundle;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a command works with: the server that was named, the operator's token for it, and a place to print to. */
final class Session {
    private final CliContext cliContext;
    private final Options options;
    private Optional<SeenBy> seenBy = Optional.empty();

    Session(CliContext cliContext, Options options) {
        this.cliContext = cliContext;
        this.options = options;
    }

    CliContext surroundings() {
        return cliContext;
    }

    ServerUrl server() {
        return ServerUrl.parse(options.url
                .or(() -> cliContext.variable("LIVEPATCH_URL"))
                .orElseThrow(
                        () -> AdminException.usage("no server: say --url https://host:8443 or set LIVEPATCH_URL")));
    }

    TokenFile tokens() {
        return new TokenFile(cliContext.home());
    }

    /** Calls the server with the session of the administrator who is logged in. */
    <T> T call(Function<AdminApi, T> work) {
        ServerUrl server = server();
        String token = tokens().get(server).orElseThrow(AdminException::loggedOut);
        return call(server, "Bearer " + token, work);
    }

    /** A context that trusts the authorities of a PEM text, or of a file that holds it. */
    private static SSLContext tlsContext(String fileOrPem) {
        try {
            CaBundle bundle =
                    fileOrPem.contains("-----BEGIN ") ? CaBundle.parse(fileOrPem) : CaBundle.read(Path.of(fileOrPem));
            return bundle.sslContext();
        } catch (IOException | IllegalArgumentException e) {
            throw AdminException.usage("cannot read the CA (%s), expected PEM text or a file of it".formatted(e));
        }
    }

    /** Does something on the server with other credentials. */
    <T> T call(ServerUrl server, String authorization, Function<AdminApi, T> work) {
        if (server.readableOnTheWay()) {
            cliContext.err().println("livepatch-admin: '" + server + "' is not https, others can read along");
        }
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .followRedirects(HttpClient.Redirect.NEVER);
        options.ca
                .or(() -> cliContext.variable("LIVEPATCH_CA_CRT"))
                .map(Session::tlsContext)
                .ifPresent(builder::sslContext);
        HttpClient http = builder.build();
        try (http) {
            AdminApi api = new AdminApi(server, http, authorization, cliContext.silence());
            T result = work.apply(api);
            seenBy = api.seenBy();
            return result;
        } finally {
            http.shutdownNow();
        }
    }

    /** Prints an answer: as it is, or as the text that people read. */
    int print(JsonNode answer, Function<JsonNode, String> text) {
        String printed = json() ? answer.toPrettyString() : text.apply(answer);
        cliContext.out().println(printed.stripTrailing());
        cliContext.out().flush();
        saySeenBy();
        return 0;
    }

    private boolean json() {
        return options.format.filter(Options.Format.json::equals).isPresent();
    }

    /** Says whether the units have what was changed. One that lags is a warning: the change itself is made. */
    void saySeenBy() {
        if (seenBy.isEmpty()) {
            return;
        }
        JsonNode now = seenBy.get().json();
        SeenByText.warning(now).ifPresent(warning -> {
            cliContext.err().println("livepatch-admin: " + warning);
            cliContext.err().flush();
        });
        if (!json()) {
            SeenByText.confirmation(now).ifPresent(cliContext.out()::println);
            cliContext.out().flush();
        }
    }

    /** Says that something without an answer is done. */
    int done(String text) {
        ObjectNode answer = AdminApi.JSON.createObjectNode().put("done", text);
        seenBy.ifPresent(now -> answer.set("seen-by", now.json()));
        return print(answer, _ -> text);
    }

    /** What every command takes. */
    static final class Options {
        /** How to print an answer. */
        enum Format {
            text,
            json
        }

        @Option(
                names = "--url",
                scope = ScopeType.INHERIT,
                paramLabel = "URL",
                description = "where the server is; default: LIVEPATCH_URL")
        Optional<String> url = Optional.empty();

        @Option(
                names = "--ca",
                scope = ScopeType.INHERIT,
                paramLabel = "FILE|PEM",
                description = "the only CA to believe; default: LIVEPATCH_CA_CRT, then the system's")
        Optional<String> ca = Optional.empty();

        @Option(
                names = "--format",
                scope = ScopeType.INHERIT,
                description = "one of ${COMPLETION-CANDIDATES}; default: text")
        Optional<Format> format = Optional.empty();
    }

    /**
     * All of the outside world that the program sees, so that it runs inside a test as it does in a shell.
     *
     * @param terminal where a person can be asked; progress is drawn only then
     * @param silence how long a server may say nothing
     */
    record CliContext(
            Map<String, String> environment,
            InputStream in,
            PrintWriter out,
            PrintWriter err,
            Optional<Console> terminal,
            Duration silence) {
        private static final int MAX_INPUT = 64 << 10;

        static CliContext ofProcess() {
            return new CliContext(
                    System.getenv(),
                    System.in,
                    new PrintWriter(System.out, true, UTF_8),
                    new PrintWriter(System.err, true, UTF_8),
                    Optional.ofNullable(System.console()).filter(Console::isTerminal),
                    Duration.ofSeconds(60));
        }

        /** A variable that is set to something. */
        Optional<String> variable(String name) {
            return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
        }

        /** The first line of standard input. */
        String readLine() {
            try {
                return new String(in.readNBytes(MAX_INPUT), UTF_8)
                        .lines()
                        .findFirst()
                        .orElse("");
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read standard input", e);
            }
        }

        /** The folder of the operator's sessions. */
        Path home() {
            return variable("LIVEPATCH_ADMIN_HOME")
                    .map(Path::of)
                    .orElseGet(() -> variable("XDG_CONFIG_HOME")
                            .map(Path::of)
                            .orElseGet(() -> Path.of(System.getProperty("user.home"), ".config"))
                            .resolve("livepatch"));
        }
    }
}

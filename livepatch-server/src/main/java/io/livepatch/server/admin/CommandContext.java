package io.livepatch.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.common.cli.DeletionPrompt;
import io.livepatch.common.net.CaBundle;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What every command uses: the selected server, the operator's session tokens, and the output. */
final class CommandContext {
    private final Environment environment;
    private final Options options;
    private Optional<SeenBy> seenBy = Optional.empty();

    CommandContext(Environment environment, Options options) {
        this.environment = environment;
        this.options = options;
    }

    Environment environment() {
        return environment;
    }

    ServerUrl server() {
        return ServerUrl.parse(options.url
                .or(() -> environment.variable("LIVEPATCH_URL"))
                .orElseThrow(
                        () -> AdminException.usage("no server: pass --url https://host:8443 or set LIVEPATCH_URL")));
    }

    TokenFile tokens() {
        return new TokenFile(environment.home());
    }

    /** Calls the server with the stored session token. */
    <T> T call(Function<AdminApi, T> work) {
        ServerUrl server = server();
        String token = tokens().get(server).orElseThrow(AdminException::loggedOut);
        return call(server, "Bearer " + token, work);
    }

    /** Trusts only the CAs of a PEM text or of a PEM file. */
    private static SSLContext tlsContext(String fileOrPem) {
        try {
            CaBundle bundle =
                    fileOrPem.contains("-----BEGIN ") ? CaBundle.parse(fileOrPem) : CaBundle.read(Path.of(fileOrPem));
            return bundle.sslContext();
        } catch (IOException | IllegalArgumentException e) {
            throw AdminException.usage("cannot read the CA (%s), expected PEM text or a file of it".formatted(e));
        }
    }

    /** Calls the server with these credentials. */
    <T> T call(ServerUrl server, String authorization, Function<AdminApi, T> work) {
        if (server.isPlaintextRemote()) {
            environment.printError("'" + server + "' is not https, others on the network can read the traffic");
        }
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .followRedirects(HttpClient.Redirect.NEVER);
        options.ca
                .or(() -> environment.variable("LIVEPATCH_CA_CRT"))
                .map(CommandContext::tlsContext)
                .ifPresent(builder::sslContext);
        HttpClient http = builder.build();
        try (http) {
            AdminApi api = new AdminApi(server, http, authorization, environment.responseTimeout());
            T result = work.apply(api);
            seenBy = api.seenBy();
            return result;
        } finally {
            http.shutdownNow();
        }
    }

    /**
     * Returns if the operator confirms a deletion.
     *
     * @param deletion what the command deletes; the beginning of a sentence
     * @param extent how much that is; requested from the server only if the question is asked
     * @throws AdminException if the operator does not confirm, or there is neither a terminal nor {@code --no-prompt}
     */
    void confirm(DeletionPrompt prompt, String deletion, Supplier<String> extent) {
        Optional<DeletionPrompt.Terminal> terminal =
                environment.terminal().map(console -> question -> console.readLine("%s", question));
        switch (prompt.ask(terminal, () -> TerminalText.printable(deletion + " (" + extent.get() + ")"))) {
            case CONFIRMED -> {}
            case DECLINED -> throw AdminException.refused("nothing was deleted");
            case NO_TERMINAL ->
                throw AdminException.usage(deletion
                        + "; nothing was deleted, since there is no terminal to ask on: pass --no-prompt to confirm");
        }
    }

    /** Prints an answer as JSON or as text, whichever {@code --format} selects. */
    int print(JsonNode answer, Function<JsonNode, String> text) {
        String printed = json() ? answer.toPrettyString() : text.apply(answer);
        environment.out().println(printed.stripTrailing());
        environment.out().flush();
        printSeenBy();
        return 0;
    }

    /** Prints all pages of a listing, as a table of these columns unless JSON was selected. */
    int printList(String path, String member, Map<String, Optional<String>> filters, List<String> columns) {
        ObjectNode answer = AdminApi.JSON.createObjectNode();
        answer.set(member, call(api -> api.list(path, member, filters)));
        return print(answer, _ -> TerminalText.table(answer.path(member), columns));
    }

    private boolean json() {
        return options.format.filter(Options.Format.json::equals).isPresent();
    }

    /** Prints which units have the last change. A unit that lags is a warning: the change itself is committed. */
    void printSeenBy() {
        if (seenBy.isEmpty()) {
            return;
        }
        JsonNode now = seenBy.get().json();
        SeenByText.warning(now).ifPresent(environment::printError);
        if (!json()) {
            SeenByText.confirmation(now).ifPresent(environment.out()::println);
            environment.out().flush();
        }
    }

    /** Prints the outcome of a request whose answer has no body. */
    int done(String text) {
        ObjectNode answer = AdminApi.JSON.createObjectNode().put("done", text);
        seenBy.ifPresent(now -> answer.set("seen-by", now.json()));
        return print(answer, _ -> text);
    }

    /** Options of every command. */
    static final class Options {
        enum Format {
            text,
            json
        }

        @Option(
                names = "--url",
                scope = ScopeType.INHERIT,
                paramLabel = "URL",
                description = "the URL of the server; default: LIVEPATCH_URL")
        Optional<String> url = Optional.empty();

        @Option(
                names = "--ca",
                scope = ScopeType.INHERIT,
                paramLabel = "FILE|PEM",
                description = "the only CA to trust; default: LIVEPATCH_CA_CRT, then the system's")
        Optional<String> ca = Optional.empty();

        @Option(
                names = "--format",
                scope = ScopeType.INHERIT,
                description = "one of ${COMPLETION-CANDIDATES}; default: text")
        Optional<Format> format = Optional.empty();
    }

    /**
     * The process environment, which tests replace.
     *
     * @param variables the environment variables
     * @param terminal present if a person can be asked; progress bars are drawn only then
     * @param responseTimeout how long a request waits without progress
     */
    record Environment(
            Map<String, String> variables,
            InputStream in,
            PrintWriter out,
            PrintWriter err,
            Optional<Console> terminal,
            Duration responseTimeout) {
        private static final int MAX_INPUT = 64 << 10;

        static Environment ofProcess() {
            return new Environment(
                    System.getenv(),
                    System.in,
                    new PrintWriter(System.out, true, UTF_8),
                    new PrintWriter(System.err, true, UTF_8),
                    Optional.ofNullable(System.console()).filter(Console::isTerminal),
                    Duration.ofSeconds(60));
        }

        /** A variable that is not blank. */
        Optional<String> variable(String name) {
            return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
        }

        void printError(String message) {
            err.println("livepatch-admin: " + message);
            err.flush();
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

        /** The folder of the token file. */
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

package io.livepatch.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Console;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** The commands {@code livepatch-admin login} and {@code livepatch-admin logout}. */
final class SessionCommands {
    private SessionCommands() {}

    @Command(
            name = "login",
            description = "Starts a session; its token is stored in your own folder.",
            mixinStandardHelpOptions = true)
    static final class Login implements Callable<Integer> {
        private final CommandContext context;

        @Option(
                names = {"-a", "--auth"},
                paramLabel = "USER:PASSWORD",
                description =
                        "visible to every user of this machine while the command runs; @- reads it from standard input;"
                                + " without this option it is asked for on the terminal")
        Optional<String> auth = Optional.empty();

        Login(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            ServerUrl server = context.server();
            String credentials = credentials();
            if (credentials.indexOf(':') <= 0) {
                throw AdminException.usage("the credentials have no colon, expected user:password");
            }
            String basic = "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(UTF_8));
            JsonNode answer = context.call(server, basic, api -> api.post("/login", AdminApi.JSON.createObjectNode()));
            String token = answer.path("token").asString("");
            if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
                throw AdminException.refused("'" + server + "' gave no token, is that a livepatch server?");
            }
            context.tokens().put(server, token);
            return context.done("logged in to '%s' until %s"
                    .formatted(
                            server,
                            TerminalText.printable(answer.path("expires-at").asString("further notice"))));
        }

        private String credentials() {
            if (auth.isPresent()) {
                return auth.get().equals("@-") ? context.environment().readLine() : auth.get();
            }
            Console console = context.environment()
                    .terminal()
                    .orElseThrow(
                            () -> AdminException.usage(
                                    "there is no terminal to ask on: pass --auth @- and write user:password to standard input"));
            String user = console.readLine("User: ");
            char[] password = console.readPassword("Password: ");
            if (user == null || password == null) {
                throw AdminException.usage("nothing was entered");
            }
            return user + ":" + new String(password);
        }
    }

    @Command(
            name = "logout",
            description = "Ends the session on the server, then deletes its token from this machine.",
            mixinStandardHelpOptions = true)
    static final class Logout implements Callable<Integer> {
        private final CommandContext context;

        @Option(
                names = "--local",
                description =
                        "only deletes the token, for a server that no longer exists: the session stays valid until it expires")
        boolean local;

        Logout(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            ServerUrl server = context.server();
            Optional<String> token = context.tokens().get(server);
            if (token.isEmpty()) {
                return context.done("not logged in to '" + server + "'");
            }
            if (!local) {
                endSession(server, token.get());
            }
            context.tokens().remove(server);
            return context.done("logged out of '" + server + "'");
        }

        /** Throws, so that the token is kept, if the server cannot be asked: the next attempt needs the token. */
        private void endSession(ServerUrl server, String token) {
            try {
                context.call(server, "Bearer " + token, api -> api.delete("/session"));
            } catch (AdminException e) {
                if (!e.isLoggedOut()) {
                    throw e.withConsequence(
                            "the session may still be valid, at most until it expires: run livepatch-admin logout again,"
                                    + " or 'livepatch-admin logout --local' to delete its token here only");
                }
            }
        }
    }
}

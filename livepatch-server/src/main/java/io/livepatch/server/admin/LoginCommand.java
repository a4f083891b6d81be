package io.livepatch.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Console;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code livepatch-admin login}. */
@Command(
        name = "login",
        description = "Starts a session; its token is kept in your own folder.",
        mixinStandardHelpOptions = true)
final class LoginCommand implements Callable<Integer> {
    private final Session session;

    @Option(
            names = {"-a", "--auth"},
            paramLabel = "USER:PASSWORD",
            description = "everybody on this machine can see it while this runs; @- reads it from standard input; "
                    + "without this option you are asked")
    Optional<String> auth = Optional.empty();

    LoginCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ServerUrl server = session.server();
        String credentials = credentials();
        if (credentials.indexOf(':') <= 0) {
            throw AdminException.usage("no colon in what was given to log in with, expected user:password");
        }
        String basic = "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(UTF_8));
        JsonNode answer = session.call(server, basic, api -> api.post("/login", AdminApi.JSON.createObjectNode()));
        String token = answer.path("token").asString("");
        if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw AdminException.refused("'" + server + "' gave no token, is that a livepatch server?");
        }
        session.tokens().put(server, token);
        return session.done("logged in to '%s' until %s"
                .formatted(server, Problem.printable(answer.path("expires-at").asString("further notice"))));
    }

    private String credentials() {
        if (auth.isPresent()) {
            return auth.get().equals("@-") ? session.surroundings().readLine() : auth.get();
        }
        Console console = session.surroundings()
                .terminal()
                .orElseThrow(() ->
                        AdminException.usage("no terminal to ask on: say --auth @- and write user:password to it"));
        String user = console.readLine("User: ");
        char[] password = console.readPassword("Password: ");
        if (user == null || password == null) {
            throw AdminException.usage("nothing was entered");
        }
        return user + ":" + new String(password);
    }
}

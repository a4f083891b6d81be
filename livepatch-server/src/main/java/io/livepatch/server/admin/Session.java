package io.livepatch.server.admin;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** What a command works with: the server that was named, the operator's token for it, and a place to print to. */
final class Session {
    private final Surroundings surroundings;
    private final Options options;

    Session(Surroundings surroundings, Options options) {
        this.surroundings = surroundings;
        this.options = options;
    }

    Surroundings surroundings() {
        return surroundings;
    }

    ServerUrl server() {
        return ServerUrl.parse(options.url
                .or(() -> surroundings.variable("LIVEPATCH_URL"))
                .orElseThrow(() -> AdminFault.usage("no server: say --url https://host:8443 or set LIVEPATCH_URL")));
    }

    TokenFile tokens() {
        return new TokenFile(surroundings.home());
    }

    /** Does something on the server as whoever logged in. */
    <T> T call(Function<AdminApi, T> work) {
        ServerUrl server = server();
        String token = tokens().get(server).orElseThrow(AdminFault::loggedOut);
        return call(server, "Bearer " + token, work);
    }

    /** Does something on the server with other credentials. */
    <T> T call(ServerUrl server, String authorization, Function<AdminApi, T> work) {
        if (server.readableOnTheWay()) {
            surroundings.err().println("livepatch-admin: '" + server + "' is not https, others can read along");
        }
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .followRedirects(HttpClient.Redirect.NEVER);
        options.ca
                .or(() -> surroundings.variable("LIVEPATCH_CA_CRT"))
                .map(Authorities::context)
                .ifPresent(builder::sslContext);
        HttpClient http = builder.build();
        try (http) {
            return work.apply(new AdminApi(server, http, authorization, surroundings.silence()));
        } finally {
            http.shutdownNow();
        }
    }

    /** Prints an answer: as it is, or as the text that people read. */
    int print(JsonNode answer, Function<JsonNode, String> text) {
        boolean json = options.format.filter(Options.Format.json::equals).isPresent();
        String printed = json ? answer.toPrettyString() : text.apply(answer);
        surroundings.out().println(printed.stripTrailing());
        surroundings.out().flush();
        return 0;
    }

    /** Says that something without an answer is done. */
    int done(String text) {
        return print(AdminApi.JSON.createObjectNode().put("done", text), answer -> text);
    }
}

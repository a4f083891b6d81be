package io.livepatch.server.admin;

import io.livepatch.server.catalog.TierName;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code livepatch-admin auth-token}: its output is the token and nothing else, so that a script can take it. */
@Command(
        name = "auth-token",
        description = "Makes a token that enrols machines into a tier. It is shown this once.",
        mixinStandardHelpOptions = true)
final class AuthTokenCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(index = "0", paramLabel = "ID", description = "a label to know the token by")
    String id = "";

    @Parameters(index = "1", paramLabel = "TIER")
    String tier = "";

    @Option(
            names = "--shared-images",
            description = {
                "for golden images: all machines that enrol with this token under one machine id share one machine token,",
                "whatever enrolment key they send; any holder of the auth token can obtain those machine tokens"
            })
    boolean sharedImages;

    AuthTokenCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ObjectNode body =
                AdminApi.JSON.createObjectNode().put("id", InputNames.label(id)).put("tier", new TierName(tier).name());
        if (sharedImages) {
            body.put("shared-images", true);
        }
        JsonNode answer = session.call(api -> api.post("/auth-token", body));
        return session.print(
                answer, token -> Problem.printable(token.path("auth-token").asString("")));
    }
}

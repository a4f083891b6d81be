package io.livepatch.server.admin;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code livepatch-admin logout}. */
@Command(
        name = "logout",
        description = "Ends the session at the server, then forgets its token on this machine.",
        mixinStandardHelpOptions = true)
final class LogoutCommand implements Callable<Integer> {
    private final Session session;

    @Option(
            names = "--local",
            description = "only forgets the token, for a server that is gone: the session holds until it expires")
    boolean local;

    LogoutCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ServerUrl server = session.server();
        Optional<String> token = session.tokens().get(server);
        if (token.isEmpty()) {
            return session.done("not logged in to '" + server + "'");
        }
        if (!local) {
            end(server, token.get());
        }
        session.tokens().remove(server);
        return session.done("logged out of '" + server + "'");
    }

    /** The token is kept if that fails, since it is what ends the session at the next try. */
    private void end(ServerUrl server, String token) {
        try {
            session.call(server, "Bearer " + token, api -> {
                api.delete("/session");
                return token;
            });
        } catch (AdminException e) {
            if (!e.isLoggedOut()) {
                throw e.whileSaying(
                        "the session may still hold, at most until it expires: run livepatch-admin logout again,"
                                + " or 'livepatch-admin logout --local' to forget its token here only");
            }
        }
    }
}

package io.livepatch.server.admin;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code livepatch-admin logout}. */
@Command(name = "logout", description = "Forgets the session's token on this machine.", mixinStandardHelpOptions = true)
final class LogoutCommand implements Callable<Integer> {
    private final Session session;

    LogoutCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        ServerUrl server = session.server();
        session.tokens().remove(server);
        return session.done("logged out of '" + server + "'");
    }
}

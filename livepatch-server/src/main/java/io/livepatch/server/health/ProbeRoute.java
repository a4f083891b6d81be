package io.livepatch.server.health;

import io.livepatch.server.http.DirectRoute;
import io.livepatch.server.http.Exchange;
import io.livepatch.server.http.PathTemplate;
import java.util.Set;
import java.util.function.Consumer;

/** A GET that tells how the unit is. Answered from memory, also when the unit has more requests than it may take. */
record ProbeRoute(PathTemplate path, Consumer<Exchange> answer) implements DirectRoute {
    private static final Set<String> METHODS = Set.of("GET", "HEAD");

    static ProbeRoute get(String path, Consumer<Exchange> answer) {
        return new ProbeRoute(PathTemplate.of(path), answer);
    }

    @Override
    public Set<String> methods() {
        return METHODS;
    }

    @Override
    public boolean probe() {
        return true;
    }

    @Override
    public void handle(Exchange exchange, String parameter) {
        answer.accept(exchange);
    }
}

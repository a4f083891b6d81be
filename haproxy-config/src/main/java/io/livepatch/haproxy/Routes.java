package io.livepatch.haproxy;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;

/** Which paths a {@link Frontend} hands on. Everything else is answered 404 by haproxy itself. */
public sealed interface Routes {
    /** Every path, unread: for a backend that guards itself. */
    static Routes every() {
        return new Every();
    }

    /** These paths and what is below them. */
    static Routes only(Collection<String> paths) {
        return new Only(Set.copyOf(paths));
    }

    /** What a livepatch unit shows to machines, and these routes besides. */
    static Routes livepatch(LivepatchRoute... besides) {
        Set<LivepatchRoute> routes = EnumSet.noneOf(LivepatchRoute.class);
        Arrays.stream(LivepatchRoute.values()).filter(LivepatchRoute::open).forEach(routes::add);
        routes.addAll(Arrays.asList(besides));
        return only(routes.stream().map(LivepatchRoute::path).toList());
    }

    /** Every path. */
    record Every() implements Routes {}

    /**
     * An allow list. Only paths written plainly pass: one that haproxy and the unit could read differently (percent
     * encoding, dot segments, double slashes, path parameters) is no route of ours.
     *
     * @param paths without a slash at the end; each stands for itself and what is below it
     */
    record Only(Set<String> paths) implements Routes {
        public Only {
            Problems problems = new Problems("routes");
            for (String path : new TreeSet<>(paths)) {
                problems.unless(Grammar.isRoute(path), "'" + path + "' is not " + Grammar.ROUTE_RULE);
            }
            problems.throwIfAny();
            paths = Set.copyOf(paths);
        }
    }
}

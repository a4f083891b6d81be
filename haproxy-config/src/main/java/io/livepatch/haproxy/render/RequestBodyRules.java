package io.livepatch.haproxy.render;

import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Route;
import io.livepatch.haproxy.model.Routes;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Writes the rules that hold a request until its body is complete. So a server never waits for a client's body, and haproxy can
 * retry the request, because it still has the whole body. The rules apply to every method, because a GET may have a body too.
 */
final class RequestBodyRules {
    private static final ErrorResponse TOO_LARGE =
            new ErrorResponse(413, "Content Too Large", "the body is longer than a request to this route may be");
    /** Set while a body is awaited, to distinguish haproxy's own 408 from one that a server answers. */
    private static final String AWAITED = "txn.body_awaited";

    private RequestBodyRules() {}

    /** For a frontend without a list of routes: bodies longer than a buffer pass. */
    static void writeForEvery(LoadBalancer lb, ConfigWriter writer) {
        writer.comment("a request can be sent again only if all of it was here before it went out the first time")
                .add(waitForBody(lb));
    }

    static void write(Routes.Only routes, LoadBalancer lb, ConfigWriter writer) {
        TreeSet<String> streamed = routes.routes().stream()
                .filter(Route::streamed)
                .map(FrontendSection::aclName)
                .collect(Collectors.toCollection(TreeSet::new));
        String exceptStreamed = streamed.stream().map(name -> " !" + name).collect(Collectors.joining());
        String condition = exceptStreamed.isEmpty() ? "" : " if" + exceptStreamed;
        String tooLong = "long_body" + exceptStreamed;
        int limit = lb.limits().bodyBytes();
        writer.comment(
                        "a client that asks before it sends (Expect: 100-continue) sends nothing and surely gets the answer")
                .add("acl announces_long_body req.body_size gt " + limit)
                .add("acl asks_first req.hdr(expect) -m found");
        refuse("announces_long_body asks_first" + exceptStreamed, writer);
        writer.comment(
                        "a unit gets a request when all of it is here, and none whose body is long or slow. A long one is awaited too, up")
                .comment("to the size of a buffer: a client that still sends might get a reset instead of the answer")
                .add("http-request set-var(" + AWAITED + ") bool(true)" + condition)
                .add(waitForBody(lb) + condition)
                .add("http-request unset-var(" + AWAITED + ")" + condition)
                .add("acl long_body req.body_size gt " + limit)
                .add("acl long_body req.body_len gt " + limit);
        refuse(tooLong, writer);
        writer.add("http-after-response " + RefusalReason.BODY_TIMEOUT.countAction() + " if { status 408 } { var("
                + AWAITED + ") -m bool }");
    }

    private static void refuse(String condition, ConfigWriter writer) {
        writer.add("http-request " + RefusalReason.BODY_TOO_LARGE.countAction() + " if " + condition)
                .add("http-request " + TOO_LARGE.asReturnAction() + " if " + condition);
    }

    private static String waitForBody(LoadBalancer lb) {
        return "http-request wait-for-body time "
                + ConfigWriter.time(lb.timeouts().body());
    }
}

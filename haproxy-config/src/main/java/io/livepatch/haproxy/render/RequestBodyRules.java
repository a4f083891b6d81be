package io.livepatch.haproxy.render;

import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Route;
import io.livepatch.haproxy.model.Routes;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Writes the rules that hold a request until its body is complete. So a server never waits for a client's body, and haproxy can
 * send the request again, since it still has all of it. The rules hold for every method: a GET may have a body too.
 */
final class RequestBodyRules {
    private static final ProblemAnswer TOO_LARGE =
            new ProblemAnswer(413, "Content Too Large", "the body is longer than a request to this route may be");
    /** Set while a body is awaited: tells the 408 that haproxy gives when the time is up from one of a server. */
    private static final String AWAITED = "txn.body_awaited";

    private RequestBodyRules() {}

    /** For a frontend that knows nothing of its requests: bodies longer than a buffer pass. */
    static void writeForEvery(LoadBalancer lb, Lines lines) {
        lines.why("a request can be sent again only if all of it was here before it went out the first time")
                .add(waitForBody(lb));
    }

    static void write(Routes.Only routes, LoadBalancer lb, Lines lines) {
        TreeSet<String> streamed = routes.routes().stream()
                .filter(Route::streamed)
                .map(FrontendSection::aclName)
                .collect(Collectors.toCollection(TreeSet::new));
        String exceptStreamed = streamed.stream().map(name -> " !" + name).collect(Collectors.joining());
        String condition = exceptStreamed.isEmpty() ? "" : " if" + exceptStreamed;
        String tooLong = "long_body" + exceptStreamed;
        int limit = lb.limits().bodyBytes();
        lines.why("a client that asks before it sends (Expect: 100-continue) sends nothing and surely gets the answer")
                .add("acl announces_long_body req.body_size gt " + limit)
                .add("acl asks_first req.hdr(expect) -m found");
        refuse("announces_long_body asks_first" + exceptStreamed, lines);
        lines.why(
                        "a unit gets a request when all of it is here, and none whose body is long or slow. A long one is awaited too, up")
                .why("to the size of a buffer: a client that still sends might get a reset instead of the answer")
                .add("http-request set-var(" + AWAITED + ") bool(true)" + condition)
                .add(waitForBody(lb) + condition)
                .add("http-request unset-var(" + AWAITED + ")" + condition)
                .add("acl long_body req.body_size gt " + limit)
                .add("acl long_body req.body_len gt " + limit);
        refuse(tooLong, lines);
        lines.add("http-after-response " + RefusalReason.BODY_TIMEOUT.count() + " if { status 408 } { var(" + AWAITED
                + ") -m bool }");
    }

    private static void refuse(String condition, Lines lines) {
        lines.add("http-request " + RefusalReason.BODY_TOO_LARGE.count() + " if " + condition)
                .add("http-request " + TOO_LARGE.asReturn() + " if " + condition);
    }

    private static String waitForBody(LoadBalancer lb) {
        return "http-request wait-for-body time " + Lines.time(lb.timeouts().body());
    }
}

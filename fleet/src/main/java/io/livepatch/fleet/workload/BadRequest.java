package io.livepatch.fleet.workload;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Set;

/**
 * Something that no good machine does.
 *
 * @param name in the figures
 * @param refusals which of them are right
 */
record BadRequest(String name, Set<Integer> refusals, Act act) {

    /** Makes the request. */
    @FunctionalInterface
    interface Act {
        HttpRequest request(RequestFixture requestFixture) throws InterruptedException;
    }

    private static final String UNKNOWN_PATCH = "/v1/patches/livepatch-99.9.9-9.9-generic-9.9-amd64.tar.bz2";
    /** Of the length of a machine token, and of no machine. */
    private static final String TOKEN = "A".repeat(43);

    /** More than the 64 KiB that a unit reads, less than what it lets pass unread. */
    private static final int TOO_LONG_A_BODY = 100_000;
    /** More than a unit's 8 KiB, less than haproxy's 16 KiB. */
    private static final int TOO_LONG_A_HEADER = 10_000;

    /** In turn. */
    static final List<BadRequest> ALL = List.of(
            of("no token", 401, requestFixture -> requestFixture.checkIn().build()),
            of(
                    "wrong token",
                    401,
                    requestFixture -> requestFixture
                            .checkIn()
                            .header("Authorization", "Bearer " + TOKEN)
                            .build()),
            new BadRequest(
                    "another's token",
                    Set.of(401, 403),
                    requestFixture -> requestFixture
                            .checkInOf("somebody-else")
                            .header("Authorization", requestFixture.authorization())
                            .build()),
            of(
                    "malformed json",
                    400,
                    requestFixture -> requestFixture
                            .checkIn()
                            .header("Authorization", requestFixture.authorization())
                            .POST(BodyPublishers.ofString("{\"kernel\":"))
                            .build()),
            of(
                    "long body",
                    413,
                    // Asks before it sends: of an answer that comes while it sends it might see a reset instead.
                    requestFixture -> requestFixture
                            .checkIn()
                            .expectContinue(true)
                            .header("Authorization", requestFixture.authorization())
                            .POST(BodyPublishers.ofString("{" + " ".repeat(TOO_LONG_A_BODY)))
                            .build()),
            of(
                    "long header",
                    431,
                    requestFixture -> requestFixture
                            .checkIn()
                            .header("X-Padding", "x".repeat(TOO_LONG_A_HEADER))
                            .build()),
            of("bad range", 416, RequestFixture::rangeBehindTheEnd),
            of(
                    "unknown patch",
                    404,
                    requestFixture -> requestFixture
                            .to(UNKNOWN_PATCH)
                            .header("Authorization", requestFixture.authorization())
                            .build()),
            of(
                    "forged signature",
                    403,
                    requestFixture -> requestFixture
                            .to(UNKNOWN_PATCH + "?expires=99999999999&signature=" + TOKEN)
                            .build()),
            of(
                    "old signature",
                    403,
                    requestFixture -> requestFixture
                            .to(UNKNOWN_PATCH + "?expires=1&signature=" + TOKEN)
                            .build()),
            of(
                    "wrong method",
                    405,
                    requestFixture -> requestFixture
                            .checkIn()
                            .PUT(BodyPublishers.ofString("{}"))
                            .build()),
            new BadRequest(
                    "path out of bounds",
                    Set.of(400, 404),
                    requestFixture -> requestFixture
                            .to("/v1/patches/..%2f..%2fetc%2fpasswd")
                            .build()),
            new BadRequest(
                    "path in disguise",
                    Set.of(400, 404),
                    requestFixture ->
                            requestFixture.to("/v1/patches/..;/admin/tiers").build()));

    private static BadRequest of(String name, int refusal, Act act) {
        return new BadRequest(name, Set.of(refusal), act);
    }
}

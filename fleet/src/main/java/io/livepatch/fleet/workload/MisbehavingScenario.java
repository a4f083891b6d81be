package io.livepatch.fleet.workload;

import io.livepatch.fleet.load.WorkloadRunner.IterationException;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.OfferedPatch;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** {@code misbehaving}: one bad request per iteration. Only the right refusal, as a problem of RFC 9457, is a success. */
final class MisbehavingScenario implements Scenario {
    private final String server;
    private final AtomicLong iterations = new AtomicLong();

    MisbehavingScenario(String server) {
        this.server = server;
    }

    @Override
    public void play(int monkey, Iteration iteration) throws InterruptedException {
        int next = (int) (iterations.getAndIncrement() % BadRequest.ALL.size());
        BadRequest bad = BadRequest.ALL.get(next);
        ValidRequests valid = new ValidRequests(server, monkey, iteration.enrolled(monkey), iteration);
        iteration.sendRaw(bad.name(), bad.builder().request(valid), response -> check(bad, response));
    }

    private static void check(BadRequest bad, HttpResponse<byte[]> response) {
        int status = response.statusCode();
        if (!bad.refusals().contains(status)) {
            throw new IterationException(
                    bad.name() + ": status " + status,
                    "'%s' was answered with %d, expected one of %s".formatted(bad.name(), status, bad.refusals()),
                    null);
        }
        if (!isProblem(response)) {
            throw new IterationException(
                    bad.name() + ": no problem",
                    "'%s' was refused with %d, but not as application/problem+json with that status"
                            .formatted(bad.name(), status),
                    null);
        }
    }

    private static boolean isProblem(HttpResponse<byte[]> response) {
        try {
            return response.headers().firstValue("Content-Type").orElse("").startsWith("application/problem+json")
                    && JsonMapper.shared()
                                    .readTree(response.body())
                                    .path("status")
                                    .asInt(0)
                            == response.statusCode();
        } catch (JacksonException e) {
            return false;
        }
    }

    /** Valid requests of one machine, from which bad ones are made. */
    record ValidRequests(String server, int monkey, Credentials credentials, Iteration iteration) {

        HttpRequest.Builder to(String path) {
            return HttpRequest.newBuilder(URI.create(server + path));
        }

        HttpRequest.Builder checkInWithoutToken() {
            return checkInWithoutToken(credentials.machine().text());
        }

        HttpRequest.Builder checkInWithoutToken(String machine) {
            String body = "{\"kernel\":\"%s\",\"architecture\":\"%s\",\"client-version\":\"%s\"}"
                    .formatted(
                            iteration.machines().platform(monkey).kernel().text(),
                            iteration.machines().platform(monkey).architecture(),
                            MachineIdentities.CLIENT_VERSION);
            return to("/v1/client/" + machine + "/updates")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(body));
        }

        HttpRequest.Builder checkIn() {
            return checkInWithoutToken().header("Authorization", authorization());
        }

        String authorization() {
            return "Bearer " + credentials.token().reveal();
        }

        /** Of an existing patch: for any other the server cannot tell whether the range is bad. */
        HttpRequest rangeBeyondEnd() throws InterruptedException {
            OfferedPatch patch = iteration.offer(monkey, credentials);
            return HttpRequest.newBuilder(patch.url())
                    .header("Range", "bytes=" + patch.size() + "-")
                    .build();
        }
    }

    /**
     * A request that no correct machine sends.
     *
     * @param name in the statistics
     * @param refusals the right statuses
     */
    record BadRequest(String name, Set<Integer> refusals, Builder builder) {
        private static final String UNKNOWN_PATCH = "/v1/patches/livepatch-99.9.9-9.9-generic-9.9-amd64.tar.bz2";

        /** As long as a machine token, and no machine's. */
        private static final String TOKEN = "A".repeat(43);

        /** More than the 64 KiB that a unit reads, less than what it discards before it closes the connection. */
        private static final int TOO_LONG_BODY = 100_000;

        /** More than a unit's 8 KiB, less than haproxy's 16 KiB. */
        private static final int TOO_LONG_HEADER = 10_000;

        static final List<BadRequest> ALL = List.of(
                of("no token", 401, valid -> valid.checkInWithoutToken().build()),
                of(
                        "wrong token",
                        401,
                        valid -> valid.checkInWithoutToken()
                                .header("Authorization", "Bearer " + TOKEN)
                                .build()),
                new BadRequest(
                        "another's token",
                        Set.of(401, 403),
                        valid -> valid.checkInWithoutToken("somebody-else")
                                .header("Authorization", valid.authorization())
                                .build()),
                of(
                        "malformed json",
                        400,
                        valid -> valid.checkIn()
                                .POST(BodyPublishers.ofString("{\"kernel\":"))
                                .build()),
                // Expects "100 Continue": a response that comes while the body is sent may be lost to a reset.
                of(
                        "long body",
                        413,
                        valid -> valid.checkIn()
                                .expectContinue(true)
                                .POST(BodyPublishers.ofString("{" + " ".repeat(TOO_LONG_BODY)))
                                .build()),
                of(
                        "long header",
                        431,
                        valid -> valid.checkInWithoutToken()
                                .header("X-Padding", "x".repeat(TOO_LONG_HEADER))
                                .build()),
                of("bad range", 416, ValidRequests::rangeBeyondEnd),
                of(
                        "unknown patch",
                        404,
                        valid -> valid.to(UNKNOWN_PATCH)
                                .header("Authorization", valid.authorization())
                                .build()),
                of(
                        "forged signature",
                        403,
                        valid -> valid.to(UNKNOWN_PATCH + "?expires=99999999999&signature=" + TOKEN)
                                .build()),
                of(
                        "old signature",
                        403,
                        valid -> valid.to(UNKNOWN_PATCH + "?expires=1&signature=" + TOKEN)
                                .build()),
                of(
                        "wrong method",
                        405,
                        valid -> valid.checkInWithoutToken()
                                .PUT(BodyPublishers.ofString("{}"))
                                .build()),
                new BadRequest(
                        "path out of bounds",
                        Set.of(400, 404),
                        valid -> valid.to("/v1/patches/..%2f..%2fetc%2fpasswd").build()),
                new BadRequest(
                        "path in disguise",
                        Set.of(400, 404),
                        valid -> valid.to("/v1/patches/..;/admin/tiers").build()));

        private static BadRequest of(String name, int refusal, Builder builder) {
            return new BadRequest(name, Set.of(refusal), builder);
        }

        /** Makes the request. */
        @FunctionalInterface
        interface Builder {
            HttpRequest request(ValidRequests valid) throws InterruptedException;
        }
    }
}

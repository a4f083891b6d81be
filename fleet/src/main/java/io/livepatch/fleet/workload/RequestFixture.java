package io.livepatch.fleet.workload;

import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.OfferedPatch;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;

/** What a misdeed begins with: requests that are right as yet. */
final class RequestFixture {
    private final String server;
    private final int monkey;
    private final Credentials credentials;
    private final Iteration iteration;

    RequestFixture(String server, int monkey, Credentials credentials, Iteration iteration) {
        this.server = server;
        this.monkey = monkey;
        this.credentials = credentials;
        this.iteration = iteration;
    }

    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(server + path));
    }

    /** Lacks its token. */
    HttpRequest.Builder checkIn() {
        return checkInOf(credentials.machine().text());
    }

    HttpRequest.Builder checkInOf(String machine) {
        String kernel = iteration.machines().platform(monkey).kernel().text();
        String body = "{\"kernel\":\"%s\",\"architecture\":\"%s\",\"client-version\":\"%s\"}"
                .formatted(
                        kernel, iteration.machines().platform(monkey).architecture(), MachineIdentities.CLIENT_VERSION);
        return to("/v1/client/" + machine + "/updates")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body));
    }

    String authorization() {
        return "Bearer " + credentials.token().reveal();
    }

    /** Of a patch that there is: without one nobody can tell whether the range is bad. */
    HttpRequest rangeBehindTheEnd() throws InterruptedException {
        OfferedPatch patch = iteration.offer(monkey, credentials);
        return HttpRequest.newBuilder(patch.url())
                .header("Range", "bytes=" + patch.size() + "-")
                .build();
    }
}

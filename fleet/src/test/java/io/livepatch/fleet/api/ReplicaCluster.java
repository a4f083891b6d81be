package io.livepatch.fleet.api;

import static org.awaitility.Awaitility.await;

import io.livepatch.testing.ChildJvm;
import io.livepatch.testing.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The replicas of one run, each in its own process, and requests to them. */
final class ReplicaCluster implements AutoCloseable {
    /** Suppresses the warnings about several logback configurations on the class path, which would be read as lines of the program. */
    private static final String QUIET = "-Dlogback.statusListenerClass=ch.qos.logback.core.status.NopStatusListener";

    /** Four processes start at once, and spend most of their time with starting. */
    private static final List<String> OPTIONS =
            List.of(QUIET, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m");

    static final String TOKEN = "token-of-the-api-67f1";

    private final List<Integer> ports;
    private final String place;
    private final String flock;
    private final int startTimeout;
    private final Map<Integer, ChildJvm> children = new TreeMap<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<String> replies = Collections.synchronizedList(new ArrayList<>());

    ReplicaCluster(int count, String place, int startTimeout, String flock) throws IOException {
        this.ports = FreePorts.some(count);
        this.place = place;
        this.startTimeout = startTimeout;
        this.flock = flock;
    }

    void startAll() throws IOException {
        for (int index = 0; index < ports.size(); index++) {
            children.put(index, child(index, ports));
        }
        for (ChildJvm child : children.values()) {
            child.line();
        }
    }

    void start(int index) throws IOException {
        children.put(index, child(index, ports));
        children.get(index).line();
    }

    /** Another process with the same index and another address. */
    ChildJvm twin(int index) throws IOException {
        List<Integer> others = new ArrayList<>(ports);
        others.set(index, FreePorts.one());
        return child(index, others);
    }

    private ChildJvm child(int index, List<Integer> all) throws IOException {
        String list = all.stream().map(String::valueOf).collect(Collectors.joining(","));
        return ChildJvm.start(ReplicaProgram.class, List.of(), OPTIONS, index, list, startTimeout, TOKEN, place, flock);
    }

    ChildJvm child(int index) {
        return children.get(index);
    }

    void kill(int index) {
        children.remove(index).kill();
    }

    Set<Integer> running() {
        return children.keySet();
    }

    JsonNode get(int index, String path) {
        HttpResponse<String> response = send(index, "GET", path, "", true);
        if (response.statusCode() != 200) {
            throw new IllegalStateException(path + " answers " + response.statusCode() + ": " + response.body());
        }
        return JsonMapper.shared().readTree(response.body());
    }

    HttpResponse<String> send(int index, String method, String path, String body, boolean withToken) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + ports.get(index) + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (withToken) {
            request.header("Authorization", "Bearer " + TOKEN);
        }
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            replies.add(response.body() + response.headers());
            return response;
        } catch (IOException e) {
            throw new IllegalStateException(path + " of replica " + index, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** All that was ever answered. */
    List<String> replies() {
        return List.copyOf(replies);
    }

    /** The monkeys that a replica owns. */
    List<Integer> own(int index, String name) {
        return get(index, "/replica/flocks/" + name + "/monkeys")
                .valueStream()
                .map(monkey -> monkey.path("number").asInt())
                .toList();
    }

    /** Until these replicas and no others run all of a flock between them, none of it twice. */
    void awaitDivided(String name, int count, Set<Integer> replicas) {
        Set<Integer> whom = new TreeSet<>(replicas);
        List<Integer> all = IntStream.range(0, count).boxed().toList();
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .alias(name + " is divided among " + whom)
                .until(
                        () -> whom.stream()
                                .flatMap(index -> own(index, name).stream())
                                .sorted()
                                .toList(),
                        all::equals);
    }

    @Override
    public void close() {
        children.values().forEach(ChildJvm::close);
        http.close();
    }
}

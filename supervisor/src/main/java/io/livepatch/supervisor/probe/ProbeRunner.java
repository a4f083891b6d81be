package io.livepatch.supervisor.probe;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import io.livepatch.supervisor.process.Processes;
import io.livepatch.supervisor.process.Processes.CannotStartException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Probes workers over HTTP, TCP and unix sockets and with commands, each probe on a virtual thread of its own. */
public final class ProbeRunner implements Probes, AutoCloseable {

    /** A probe that exceeds its timeout by more than this was delayed by this JVM, not by the worker. */
    private static final Duration DELAY_TOLERANCE = Duration.ofSeconds(1);

    private static final Duration MIN_TIMEOUT = Duration.ofMillis(500);

    private final Processes processes;
    private @Nullable HttpClient http;

    public ProbeRunner(Processes processes) {
        this.processes = processes;
    }

    @Override
    public void check(
            Probe probe,
            WorkerPorts ports,
            Duration timeout,
            Processes.Start worker,
            Consumer<Optional<ProbeFailure>> answer) {
        Thread.ofVirtual()
                .name("check of " + worker.label())
                .start(() -> answer.accept(runWithRetry(probe, ports, timeout, worker)));
    }

    /**
     * A timeout that this JVM noticed late, because it was stopped or starved or collected garbage, says nothing about the worker,
     * whose answer may be waiting. The probe is then repeated once, so that a pause of the supervisor does not make all workers
     * seem to hang.
     */
    private Optional<ProbeFailure> runWithRetry(
            Probe probe, WorkerPorts ports, Duration timeout, Processes.Start worker) {
        long began = System.nanoTime();
        Optional<ProbeFailure> failure = run(probe, ports, timeout, worker);
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        boolean delayed = failure.filter(ProbeFailure::unanswered).isPresent()
                && took.compareTo(timeout.plus(DELAY_TOLERANCE)) > 0;
        return delayed ? run(probe, ports, timeout, worker) : failure;
    }

    private Optional<ProbeFailure> run(Probe probe, WorkerPorts ports, Duration timeout, Processes.Start worker) {
        try {
            return switch (probe) {
                case Probe.Http(String url) -> get(URI.create(ports.fill(url)), timeout);
                case Probe.Tcp(String address) -> connect(ports.fill(address), timeout);
                case Probe.Socket(Path path, String command) -> SocketProbe.ask(path, command, timeout);
                case Probe.Responsive(List<Probe> probes) -> firstUnanswered(probes, ports, timeout, worker);
                case Probe.Command(List<String> command) ->
                    run(command.stream().map(ports::fill).toList(), timeout, worker);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(ProbeFailure.badAnswer("interrupted"));
        } catch (SocketTimeoutException e) {
            return Optional.of(ProbeFailure.noAnswer("%s has no answer within %s".formatted(probe, timeout)));
        } catch (IOException | RuntimeException e) {
            return Optional.of(ProbeFailure.badAnswer("%s: %s".formatted(probe, reason(e))));
        }
    }

    /** The probes share the timeout, but each gets at least {@link #MIN_TIMEOUT}. */
    private Optional<ProbeFailure> firstUnanswered(
            List<Probe> probes, WorkerPorts ports, Duration timeout, Processes.Start worker) {
        long end = System.nanoTime() + timeout.toNanos();
        for (Probe probe : probes) {
            long millis = Duration.ofNanos(end - System.nanoTime()).toMillis() + 1;
            Duration left = Duration.ofMillis(Math.max(MIN_TIMEOUT.toMillis(), millis));
            Optional<ProbeFailure> failure = run(probe, ports, left, worker).filter(ProbeFailure::unanswered);
            if (failure.isPresent()) {
                return failure;
            }
        }
        return Optional.empty();
    }

    private Optional<ProbeFailure> get(URI uri, Duration timeout) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri).build();
        // Includes the body: the connection is reused only after the body was read.
        var answer = http().sendAsync(request, HttpResponse.BodyHandlers.discarding());
        return await(answer, timeout, uri.toString())
                .or(() -> accepted(uri, answer.resultNow().statusCode()));
    }

    private static Optional<ProbeFailure> accepted(URI uri, int status) {
        return status / 100 == 2
                ? Optional.empty()
                : Optional.of(ProbeFailure.badAnswer("%s answers %d".formatted(uri, status)));
    }

    private static Optional<ProbeFailure> connect(String address, Duration timeout) throws IOException {
        int colon = address.lastIndexOf(':');
        InetSocketAddress target =
                new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
        try (Socket socket = new Socket()) {
            socket.connect(target, Math.toIntExact(Math.max(1, timeout.toMillis())));
            return Optional.empty();
        }
    }

    private Optional<ProbeFailure> run(List<String> line, Duration timeout, Processes.Start worker)
            throws InterruptedException {
        Exit exit = new Exit();
        processes.launch(
                worker.withCommand("check of " + worker.label(), line, timeout, WorkerOutput.discarded()), exit);
        String command = "'" + line.getFirst() + "'";
        return await(exit.status, timeout, command)
                .or(() -> exit.status.resultNow().code() == 0
                        ? Optional.empty()
                        : Optional.of(ProbeFailure.badAnswer(
                                "%s ended with %s".formatted(command, exit.status.resultNow()))));
    }

    /** Empty if {@code future} completes in time. */
    private static Optional<ProbeFailure> await(Future<?> future, Duration timeout, String what)
            throws InterruptedException {
        try {
            future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return Optional.empty();
        } catch (TimeoutException e) {
            future.cancel(true);
            return Optional.of(ProbeFailure.noAnswer("%s has no answer within %s".formatted(what, timeout)));
        } catch (ExecutionException e) {
            return Optional.of(ProbeFailure.badAnswer("%s: %s".formatted(what, reason(e.getCause()))));
        }
    }

    /** Some exceptions of the JDK's HTTP client have no message. */
    private static String reason(@Nullable Throwable cause) {
        if (cause == null) {
            return "no reason given";
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    @Override
    public void count(Limits.Counter counter, WorkerPorts ports, Duration timeout, Consumer<OptionalLong> answer) {
        Thread.ofVirtual().name("count of requests").start(() -> answer.accept(read(counter, ports, timeout)));
    }

    private OptionalLong read(Limits.Counter counter, WorkerPorts ports, Duration timeout) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(ports.fill(counter.url())))
                .timeout(timeout)
                .build();
        try {
            HttpResponse<String> page = http().send(request, HttpResponse.BodyHandlers.ofString());
            return page.statusCode() == 200 ? sum(page.body(), counter.metric()) : OptionalLong.empty();
        } catch (IOException | RuntimeException e) {
            return OptionalLong.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalLong.empty();
        }
    }

    /** The sum of a metric's samples in Prometheus' text format; empty without a sample or with an invalid number. */
    private static OptionalLong sum(String page, String metric) {
        Pattern sample = Pattern.compile("^" + Pattern.quote(metric) + "(?:\\{.*})?[ \\t]+(\\S+)", Pattern.MULTILINE);
        List<String> values =
                sample.matcher(page).results().map(result -> result.group(1)).toList();
        try {
            double sum = values.stream().mapToDouble(Double::parseDouble).sum();
            return values.isEmpty() ? OptionalLong.empty() : OptionalLong.of((long) sum);
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** Created on first use, since it loads the TLS implementation, which most programs here never use. */
    private synchronized HttpClient http() {
        HttpClient open = http;
        if (open == null) {
            open = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();
            http = open;
        }
        return open;
    }

    @Override
    public synchronized void close() {
        if (http != null) {
            http.shutdownNow();
        }
    }

    /** The exit status of a command; kills the command when the future is cancelled. */
    private static final class Exit implements Processes.Watcher {

        private final CompletableFuture<ExitStatus> status = new CompletableFuture<>();

        @Override
        public void launched(Processes.Running process) {
            var _ = status.whenComplete((exit, abandoned) -> {
                if (abandoned != null) {
                    process.kill();
                }
            });
        }

        @Override
        public void failed(String why) {
            status.completeExceptionally(new CannotStartException(why));
        }

        @Override
        public void exited(ExitStatus exit) {
            status.complete(exit);
        }
    }
}

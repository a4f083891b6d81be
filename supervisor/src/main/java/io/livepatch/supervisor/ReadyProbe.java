package io.livepatch.supervisor;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes ready checks, each on a virtual thread of its own. */
final class ReadyProbe implements Checks, AutoCloseable {

    private final Processes processes;
    /** Made when first needed: it loads the whole of TLS, which most programs here never use. */
    private final LazyHttp http = new LazyHttp();

    ReadyProbe(Processes processes) {
        this.processes = processes;
    }

    @Override
    public void check(ReadyCheck check, Processes.Start worker, Consumer<Optional<String>> answer) {
        Thread.ofVirtual().name("ready check of " + worker.label()).start(() -> answer.accept(judge(check, worker)));
    }

    private Optional<String> judge(ReadyCheck check, Processes.Start worker) {
        try {
            return switch (check) {
                case ReadyCheck.Http it -> get(it);
                case ReadyCheck.Tcp it -> connect(it);
                case ReadyCheck.Command it -> run(it, worker);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        } catch (IOException | RuntimeException e) {
            return Optional.of("%s: %s".formatted(check, reason(e)));
        }
    }

    private Optional<String> get(ReadyCheck.Http check) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(check.uri()).build();
        // Waits for the end of the body too, within the one timeout; an unread body would keep the connection from
        // being reused.
        var answer = http.client().sendAsync(request, HttpResponse.BodyHandlers.discarding());
        return await(answer, check.timeout(), check.uri().toString())
                .or(() -> accepted(check, answer.resultNow().statusCode()));
    }

    private static Optional<String> accepted(ReadyCheck.Http check, int status) {
        return status / 100 == 2 ? Optional.empty() : Optional.of("%s answers %d".formatted(check.uri(), status));
    }

    private static Optional<String> connect(ReadyCheck.Tcp check) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(
                    check.address(), Math.toIntExact(Math.max(1, check.timeout().toMillis())));
            return Optional.empty();
        }
    }

    private Optional<String> run(ReadyCheck.Command check, Processes.Start worker) throws InterruptedException {
        Exit exit = new Exit();
        processes.launch(
                new Processes.Start(
                        "ready check of " + worker.label(),
                        check.command(),
                        worker.environment(),
                        worker.directory(),
                        worker.user(),
                        "KILL",
                        check.timeout(),
                        (bytes, length) -> {}),
                exit);
        String command = "'" + check.command().getFirst() + "'";
        return await(exit.status, check.timeout(), command)
                .or(() -> exit.status.resultNow().code() == 0
                        ? Optional.empty()
                        : Optional.of("%s ended with %s".formatted(command, exit.status.resultNow())));
    }

    /** Empty when {@code future} completes in time. */
    private static Optional<String> await(Future<?> future, Duration timeout, String what) throws InterruptedException {
        try {
            future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return Optional.empty();
        } catch (TimeoutException e) {
            future.cancel(true);
            return Optional.of("%s has no answer within %s".formatted(what, timeout));
        } catch (ExecutionException e) {
            return Optional.of("%s: %s".formatted(what, reason(e.getCause())));
        }
    }

    /** A refused connection has no message in some of the JDK's exceptions. */
    private static String reason(@Nullable Throwable cause) {
        if (cause == null) {
            return "no reason given";
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    @Override
    public void close() {
        http.close();
    }

    private static final class LazyHttp implements AutoCloseable {

        private @Nullable HttpClient client;

        synchronized HttpClient client() {
            HttpClient open = client;
            if (open == null) {
                open = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .build();
                client = open;
            }
            return open;
        }

        @Override
        public synchronized void close() {
            if (client != null) {
                client.shutdownNow();
            }
        }
    }

    /** Waits for a command, and kills it when nobody waits any more. */
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

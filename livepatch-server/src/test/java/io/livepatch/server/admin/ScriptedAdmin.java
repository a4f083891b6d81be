package io.livepatch.server.admin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.testing.RawHttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/**
 * A server on a raw socket with scripted answers that records all requests. To {@code Expect: 100-continue} it
 * sends 100 unless the answer is a refusal; then it records the body that is sent nevertheless.
 */
final class ScriptedAdmin implements AutoCloseable {
    /**
     * One request as it came.
     *
     * @param body one character a byte
     */
    record Request(String line, Map<String, String> headers, String body) {
        byte[] bytes() {
            return body.getBytes(ISO_8859_1);
        }
    }

    /**
     * The answer to a request.
     *
     * @param early whether it is sent after the first bytes of the body: for a client that expected 100 Continue the connection is then
     *     closed at once, to another one when it has sent the rest
     */
    record Answer(int status, String body, boolean early, String headers) {
        Answer(int status, String body) {
            this(status, body, false, "");
        }

        /** The same with another header, {@code Name: value}. */
        Answer with(String header) {
            return new Answer(status, body, early, headers + header + "\r\n");
        }

        /** The same after the first bytes of the body. */
        Answer inTheMiddle() {
            return new Answer(status, body, true, headers);
        }

        static Answer json(String body) {
            return new Answer(200, body);
        }

        static Answer problem(int status, String detail) {
            return new Answer(status, "{\"status\":%d,\"title\":\"x\",\"detail\":\"%s\"}".formatted(status, detail));
        }

        static final Answer SILENCE = new Answer(0, "");
    }

    private static final int BEGINNING = 1 << 20;

    private final RawHttpServer server;
    private final Function<Request, Answer> script;
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    private ScriptedAdmin(Optional<SSLContext> context, Function<Request, Answer> script) throws IOException {
        this.script = script;
        server =
                context.isPresent() ? RawHttpServer.https(context.get(), this::serve) : RawHttpServer.http(this::serve);
    }

    static ScriptedAdmin http(Function<Request, Answer> script) throws IOException {
        return new ScriptedAdmin(Optional.empty(), script);
    }

    static ScriptedAdmin https(SSLContext context, Function<Request, Answer> script) throws IOException {
        return new ScriptedAdmin(Optional.of(context), script);
    }

    String url() {
        return server.uri("").toString();
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    private void serve(RawHttpServer.Head head, InputStream in, OutputStream out)
            throws IOException, InterruptedException {
        String line = head.line();
        Map<String, String> headers = head.headers();
        int length = head.contentLength();
        boolean expects = headers.containsKey("expect");
        if (expects) {
            Answer answer = script.apply(new Request(line, headers, ""));
            if (answer.status() / 100 != 2 && !answer.early()) {
                write(out, answer);
                requests.add(new Request(line, headers, new String(in.readAllBytes(), ISO_8859_1)));
                return;
            }
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(UTF_8));
            out.flush();
        }
        // A script may count: a request that is too short to be answered early is shown to it once.
        boolean early = length > BEGINNING
                && script.apply(new Request(line, headers, "")).early();
        int wanted = early ? Math.min(length, BEGINNING) : length;
        Request request = new Request(line, headers, new String(in.readNBytes(wanted), ISO_8859_1));
        requests.add(request);
        write(out, script.apply(request));
        if (early && !expects) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }

    private void write(OutputStream out, Answer answer) throws IOException, InterruptedException {
        if (answer.status() == 0) {
            server.awaitClosed();
            return;
        }
        byte[] body = answer.body().getBytes(UTF_8);
        String length = answer.status() == 204 ? "" : "Content-Length: " + body.length + "\r\n";
        out.write(("HTTP/1.1 " + answer.status() + " x\r\nContent-Type: application/json\r\n" + answer.headers()
                        + length + "Connection: close\r\n\r\n")
                .getBytes(UTF_8));
        out.write(body);
        out.flush();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

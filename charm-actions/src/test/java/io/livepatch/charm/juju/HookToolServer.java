package io.livepatch.charm.juju;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Hook tools as programs: each is a small script of bash, which sends its arguments over a socket and prints the answer. A JVM for
 * each call would take longer than the hook.
 */
final class HookToolServer implements AutoCloseable {
    /** Texts are separated by NUL, which no argument has. */
    private static final String SCRIPT = """
            #!/bin/bash
            test -n "$JUJU_CONTEXT_ID" || { echo "ERROR JUJU_CONTEXT_ID is not set" >&2; exit 1; }
            exec 3<>"/dev/tcp/${JUJU_AGENT_SOCKET_ADDRESS/://}" || exit 1
            input=
            case " $* " in *" --file - "*) input=$(cat) ;; esac
            printf '%s\\0' "$JUJU_CONTEXT_ID" "${0##*/}" "$#" "$@" "$input" >&3
            IFS= read -r -d '' code <&3 && IFS= read -r -d '' out <&3 && IFS= read -r -d '' err <&3 || exit 1
            printf '%s' "$out"
            printf '%s' "$err" >&2
            exit "$code"
            """;

    private final Path directory;
    private final ServerSocket socket;
    private int contexts;
    private @Nullable FakeHookTools tools;
    private @Nullable Process process;
    private @Nullable String killAfter;

    HookToolServer(Path directory) throws IOException {
        this.directory = directory;
        for (String name : FakeHookTools.NAMES) {
            Path script = directory.resolve(name);
            Files.writeString(script, SCRIPT);
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("hook tools").start(this::accept);
    }

    /** The environment of the next context. */
    void addTo(Map<String, String> environment) {
        environment.put("PATH", directory + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        environment.put("JUJU_CONTEXT_ID", "context-" + (contexts + 1));
        environment.put("JUJU_AGENT_SOCKET_ADDRESS", "127.0.0.1:" + socket.getLocalPort());
        environment.put("JUJU_AGENT_SOCKET_NETWORK", "tcp");
    }

    /** Answers the tools of the context that {@link #addTo} began; those of earlier ones are refused. */
    synchronized void serve(FakeHookTools next, Process running) {
        contexts++;
        tools = next;
        process = running;
        notifyAll();
    }

    synchronized void killAfter(@Nullable String tool) {
        killAfter = tool;
    }

    private void accept() {
        while (!socket.isClosed()) {
            try (Socket client = socket.accept()) {
                answer(client);
            } catch (IOException _) {
                // The tool's process was killed, or the socket closed.
            }
        }
    }

    private void answer(Socket client) throws IOException {
        InputStream in = new BufferedInputStream(client.getInputStream());
        String context = text(in);
        String tool = text(in);
        List<String> arguments = new ArrayList<>();
        for (int left = Integer.parseInt(text(in)); left > 0; left--) {
            arguments.add(text(in));
        }
        String[] answer = answer(context, tool, arguments, text(in));
        client.getOutputStream().write((String.join("\0", answer) + "\0").getBytes(StandardCharsets.UTF_8));
    }

    private synchronized String[] answer(String context, String tool, List<String> arguments, String input) {
        try {
            while (!context.equals("context-" + contexts) && context.equals("context-" + (contexts + 1))) {
                wait();
            }
            if (!context.equals("context-" + contexts) || tools == null) {
                return new String[] {"1", "", "ERROR bad request: bad context: " + context + "\n"};
            }
            String out = tools.run(tool, arguments, input);
            if (tool.equals(killAfter) && process != null) {
                killAfter = null;
                process.destroyForcibly();
            }
            return new String[] {"0", out, ""};
        } catch (FakeHookTools.Refused e) {
            return new String[] {"1", "", "ERROR " + e.getMessage() + "\n"};
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new String[] {"1", "", "ERROR interrupted\n"};
        } catch (RuntimeException e) {
            return new String[] {"3", "", "ERROR panic in the test: " + e + "\n"};
        }
    }

    private static String text(InputStream in) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (int next = in.read(); next != 0; next = in.read()) {
            if (next < 0) {
                throw new IOException("the tool ended");
            }
            text.write(next);
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

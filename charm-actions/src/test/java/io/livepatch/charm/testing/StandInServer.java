package io.livepatch.charm.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.livepatch.common.cli.Signals;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** A stand-in for the live-patch server in tests of its process: reads the YAML, listens, and reports that it is ready. */
public final class StandInServer {
    private static final String BODY = "{\"status\":\"ready\"}";

    private static Path file = Path.of("");

    private StandInServer() {}

    public static void main(String... arguments) throws IOException {
        boolean check = arguments[0].equals("--check");
        file = Path.of(arguments[arguments.length - 1]);
        JsonNode config = new YAMLMapper().readTree(Files.readString(file));
        if (arguments[0].equals("storage")) {
            storage(List.of(arguments), config);
            return;
        }
        String region = config.path("patch-storage.s3-region").asString();
        // Only the server knows that the one is wrong; the other stands for a port that is taken, which a start finds
        // out.
        if (region.equals("nowhere") || (region.equals("taken") && !check)) {
            System.err.println("patch-storage.s3-region: '" + region + "' is not a region");
            System.exit(2);
        }
        if (check) {
            return;
        }
        if (region.equals("undecided")) {
            // A start that fails after a while.
            await().forever().until(() -> !Files.exists(switchOf("hold-start")));
            System.err.println("patch-storage.s3-region: 'undecided' is not a region");
            System.exit(2);
        }
        Map<String, String> environment = System.getenv();
        boolean shared = environment.getOrDefault("LP_SERVER_REUSE_PORT", "").equals("true");
        serve(
                environment.getOrDefault(
                        "LP_SERVER_SERVER_ADDRESS",
                        config.path("server.server-address").asString()),
                shared);
        Optional<String> own = Optional.ofNullable(environment.get("LP_SERVER_WORKER_ADDRESS"));
        if (own.isPresent()) {
            serve(own.get(), false);
        }
        Signals.onReload(() -> System.out.println("reads its configuration again"));
        System.out.println("ready");
    }

    /** {@code storage verify} runs while the file {@code hold-verify} exists in the model's home. */
    private static void storage(List<String> arguments, JsonNode config) {
        String task = arguments.get(1);
        System.out.println(task + ": 1 of 2 patches");
        await().forever().until(() -> !Files.exists(switchOf("hold-" + task)));
        if (arguments.contains("s3") && !config.has("patch-storage.s3-bucket")) {
            System.err.println("patch-storage.s3-bucket is not set");
            System.err.println("set it and try again");
            System.exit(1);
        }
        System.out.println("{\"task\": \"" + task + "\",\n \"patches\": {\"copied\": 2}, \"dry-run\": "
                + arguments.contains("--dry-run") + "}");
    }

    private static Path switchOf(String name) {
        return file.resolve("../../..").normalize().resolve(name);
    }

    private static void serve(String address, boolean shared) throws IOException {
        ServerSocket listening = new ServerSocket();
        listening.setOption(StandardSocketOptions.SO_REUSEPORT, shared);
        int colon = address.lastIndexOf(':');
        listening.bind(
                new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
                1024);
        Thread.ofPlatform().start(() -> {
            while (true) {
                try {
                    Socket client = listening.accept();
                    Thread.ofVirtual().start(() -> answer(client));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        });
    }

    private static void answer(Socket client) {
        try (client) {
            BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                // The head of any request is a good one.
            }
            // A file such as unready-livepatch-1 in the model's home keeps that unit from being ready.
            boolean held =
                    Files.exists(switchOf("unready-" + file.resolveSibling("").getFileName()));
            client.getOutputStream()
                    .write(("HTTP/1.1 " + (held ? "503 Not Yet" : "200 OK")
                                    + "\r\nConnection: close\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY)
                            .getBytes(UTF_8));
        } catch (IOException e) {
            // It is the client's business.
            return;
        }
    }
}

package io.livepatch.charm.testing;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Stands in for the live-patch server where only its life is of interest: reads the YAML, listens, says that it is ready. */
public final class StandInServer {
    private StandInServer() {}

    public static void main(String... arguments) throws IOException {
        boolean check = arguments[0].equals("--check");
        JsonNode config = new YAMLMapper().readTree(Files.readString(Path.of(arguments[arguments.length - 1])));
        String level = config.path("server.log-level").asString();
        // The one is wrong in itself; the other stands for a port that is taken, which only a start can find out.
        if (level.equals("loud") || (level.equals("taken") && !check)) {
            System.err.println("server.log-level: '" + level + "' is not a level");
            System.exit(2);
        }
        if (check) {
            return;
        }
        String[] address = config.path("server.server-address").asString().split(":", -1);
        HttpServer server = HttpServer.create(new InetSocketAddress(address[0], Integer.parseInt(address[1])), 0);
        server.createContext("/", exchange -> {
            byte[] body = "{\"status\":\"ready\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        System.out.println("ready at " + config.path("server.url-template").asString());
    }
}

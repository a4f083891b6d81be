package io.livepatch.fleet.protocol;

import java.net.URI;
import java.net.http.HttpRequest;

/**
 * Begins requests.
 *
 * @param closing each is the last one on its connection
 */
record Requests(boolean closing) {

    HttpRequest.Builder to(URI uri) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        return closing ? request.header("Connection", "close") : request;
    }
}

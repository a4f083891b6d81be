package io.livepatch.server.admin;

import io.livepatch.storage.ForeignText;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What a server says went wrong (RFC 9457), made fit for a terminal. */
final class Problem {
    private static final int MAX_LENGTH = 1000;

    private Problem() {}

    /** The detail, or the title; empty if it said nothing that we understand. */
    static String detail(byte[] body) {
        try {
            JsonNode problem = AdminApi.JSON.readTree(body);
            String detail = problem.path("detail").asString("");
            return printable(detail.isEmpty() ? problem.path("title").asString("") : detail);
        } catch (JacksonException e) {
            return "";
        }
    }

    /** The text without anything that moves a cursor or starts an escape sequence. */
    static String printable(String text) {
        return ForeignText.printable(text, MAX_LENGTH);
    }
}

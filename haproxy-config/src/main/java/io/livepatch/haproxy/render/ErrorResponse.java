package io.livepatch.haproxy.render;

/** An error that haproxy answers itself, as {@code application/problem+json} (RFC 9457). */
record ErrorResponse(int status, String title, String detail) {
    static final ErrorResponse NOT_FOUND = new ErrorResponse(404, "Not Found", "there is no such route here");

    /** The action of an {@code http-request} rule. */
    String asReturnAction() {
        return "return status " + status + " " + content();
    }

    /** The directive that replaces haproxy's own HTML page for this status. */
    String asHttpError() {
        return "http-error status " + status + " " + content();
    }

    private String content() {
        return "content-type application/problem+json string '{\"type\":\"about:blank\",\"title\":\"" + title
                + "\",\"status\":" + status + ",\"detail\":\"" + detail + "\"}'";
    }
}

package io.livepatch.haproxy.render;

/** An answer that haproxy gives itself, in the form that the units' own errors have (RFC 9457). */
record ProblemAnswer(int status, String title, String detail) {
    static final ProblemAnswer HIDDEN = new ProblemAnswer(404, "Not Found", "there is no such route here");

    /** What follows {@code http-request} in a rule. */
    String asReturn() {
        return "return status " + status + " " + content();
    }

    /** What replaces haproxy's own HTML page for this status. */
    String asError() {
        return "http-error status " + status + " " + content();
    }

    private String content() {
        return "content-type application/problem+json string '{\"type\":\"about:blank\",\"title\":\"" + title
                + "\",\"status\":" + status + ",\"detail\":\"" + detail + "\"}'";
    }
}

package io.livepatch.charm.haproxy;

import java.nio.file.Path;

/**
 * The file with certificate and key that haproxy serves with.
 *
 * @param origin what it was made from: names and authority, or the operator's text
 */
record Site(Path pem, String origin) {}

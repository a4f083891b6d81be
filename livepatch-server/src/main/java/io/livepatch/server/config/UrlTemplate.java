package io.livepatch.server.config;

import io.livepatch.storage.PatchName;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * How machines reach a patch, {@code https://host/v1/patches/{filename}}.
 *
 * @param template an http or https URL that holds {@value #PLACEHOLDER} once
 */
public record UrlTemplate(String template) {
    public static final String PLACEHOLDER = "{filename}";

    public UrlTemplate {
        boolean once = template.indexOf(PLACEHOLDER) >= 0
                && template.indexOf(PLACEHOLDER) == template.lastIndexOf(PLACEHOLDER);
        if (!once || !template.matches("https?://[^\\s/?#]+/[^\\s#]*")) {
            throw new IllegalArgumentException("is not an http or https URL with " + PLACEHOLDER + " in it once");
        }
        if (!Readings.hasHostAndPort(template.replace(PLACEHOLDER, "filename"))) {
            throw new IllegalArgumentException("has no valid host, or a port outside 1 to 65535");
        }
    }

    /** The URL of one patch, without query. */
    public String url(PatchName name) {
        int query = template.indexOf('?');
        // In a query, + means a blank.
        boolean inQuery = query >= 0 && query < template.indexOf(PLACEHOLDER);
        return template.replace(
                PLACEHOLDER, inQuery ? URLEncoder.encode(name.fileName(), StandardCharsets.US_ASCII) : name.fileName());
    }
}

/**
 * How a machine gets the bytes of a patch. {@link io.livepatch.server.download.SignedUrls} makes the URL that a check-in
 * hands out, with the keys of {@link io.livepatch.server.download.SigningKeys};
 * {@link io.livepatch.server.download.PatchDownload} answers it.
 *
 * <pre>
 * GET /v1/patches/{filename}
 *   → who asks: signature of the URL, or machine token          401 403
 *   → Catalog: known, not blocked, in the machine's tier        404 403
 *   → Conditions: If-Match, If-None-Match                       412 304
 *   → Selection: Range, If-Range                                416
 *   → OpenPatches: mapped and cached, or a stream of pieces     200 206
 * </pre>
 */
@NullMarked
package io.livepatch.server.download;

import org.jspecify.annotations.NullMarked;

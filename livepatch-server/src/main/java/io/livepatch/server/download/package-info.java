/**
 * The download of patches. {@link io.livepatch.server.download.SignedUrls} makes the URL of a check-in's answer, with the keys of
 * {@link io.livepatch.server.download.SigningKeys}; {@link io.livepatch.server.download.PatchDownload} is its route.
 *
 * <pre>
 * GET /v1/patches/{filename}
 *   → authentication: signature of the URL, or machine token    401 403
 *   → Catalog: known, not blocked, in the machine's tier        404 403
 *   → Precondition: If-Match, If-None-Match                     412 304
 *   → RangeSelection: Range, If-Range                           416
 *   → OpenPatches: mapped and cached, or streamed               200 206
 * </pre>
 */
@NullMarked
package io.livepatch.server.download;

import org.jspecify.annotations.NullMarked;

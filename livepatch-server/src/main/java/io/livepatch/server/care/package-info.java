/**
 * Care of the bytes in the store that patches are served from: whether they still are what was stored, and what is done when they
 * are not. {@link io.livepatch.server.care.Custody} looks at one patch and writes down what it found, which takes a rotten one out
 * of the catalog's answers; {@link io.livepatch.server.care.Verification}, {@link io.livepatch.server.care.Scrub} and
 * {@link io.livepatch.server.care.Healing} decide which one and when.
 */
@NullMarked
package io.livepatch.server.care;

import org.jspecify.annotations.NullMarked;

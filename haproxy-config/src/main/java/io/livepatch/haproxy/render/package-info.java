/**
 * From the model to the text of {@code haproxy.cfg}. Pure: equal input gives equal bytes, and nothing is read or written.
 *
 * <p>{@link io.livepatch.haproxy.render.HaproxyConfig} is the way in. The text contains a
 * {@link io.livepatch.haproxy.render.ConfigDigest} of itself, by which a running haproxy is recognised later.
 */
@NullMarked
package io.livepatch.haproxy.render;

import org.jspecify.annotations.NullMarked;

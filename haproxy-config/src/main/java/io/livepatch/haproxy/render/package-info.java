/**
 * Renders the model as the text of {@code haproxy.cfg}. Pure: equal input gives equal bytes.
 *
 * <p>{@link io.livepatch.haproxy.render.HaproxyConfig} is the entry point. The text contains a
 * {@link io.livepatch.haproxy.render.ConfigDigest} of itself, by which a running haproxy is recognised later.
 */
@NullMarked
package io.livepatch.haproxy.render;

import org.jspecify.annotations.NullMarked;

/** A load balancer's description and its way into a running haproxy. */
@NullMarked
package io.livepatch.haproxy;

import org.jspecify.annotations.NullMarked;

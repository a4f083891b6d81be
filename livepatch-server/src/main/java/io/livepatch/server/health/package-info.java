/**
 * How the unit is: alive, ready, and what it says of its parts. {@link io.livepatch.server.health.Readiness} asks the parts
 * once a second, so that answering costs nothing however often a load balancer asks.
 */
@NullMarked
package io.livepatch.server.health;

import org.jspecify.annotations.NullMarked;

/**
 * haproxy in front of a pool of workers: {@link io.livepatch.charm.balancer.HaproxyBalancerProvider}, which a supervisor finds
 * with {@link java.util.ServiceLoader} or is given. Each pool has a haproxy of its own, which starts and stops with the pool.
 *
 * <pre>
 *   supervisor ── enter, leave, remove ──▶ HaproxyBalancer (one thread) ── PoolProxyConfig: workers → LoadBalancer ──▶ haproxy-config
 *                                                ▲                                                              │
 *                                                └── restarted ── HaproxyProcess (a supervisor of its own) ◀── haproxy
 * </pre>
 */
@NullMarked
package io.livepatch.charm.balancer;

import org.jspecify.annotations.NullMarked;

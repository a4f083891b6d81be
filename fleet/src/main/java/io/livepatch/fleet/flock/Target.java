package io.livepatch.fleet.flock;

import io.livepatch.fleet.CaBundle;
import io.livepatch.fleet.Secret;
import io.livepatch.fleet.ServerUrl;
import java.util.Optional;

/**
 * Whom the machines talk to, and how.
 *
 * @param authorities whom they trust; empty: the system's authorities
 * @param authToken enrols them; without it only work that needs no enrolment can be done
 */
public record Target(
        ServerUrl server, Optional<CaBundle> authorities, Optional<Secret> authToken, Transport transport) {}

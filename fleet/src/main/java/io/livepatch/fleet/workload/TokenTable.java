package io.livepatch.fleet.workload;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.livepatch.common.config.Secret;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The tokens of a flock by number: bytes in pages that are made when they are first needed, because a replica has a share of ten million
 * machines at most, and in memory for as long as the flock. Thread-safe.
 */
final class TokenTable {
    private static final int PAGE = 4096;

    private final AtomicReferenceArray<AtomicReferenceArray<byte[]>> pages;

    TokenTable(int count) {
        pages = new AtomicReferenceArray<>((count + PAGE - 1) / PAGE);
    }

    Optional<Secret> of(int monkey) {
        AtomicReferenceArray<byte[]> page = pages.get(monkey / PAGE);
        return Optional.ofNullable(page == null ? null : page.get(monkey % PAGE))
                .map(token -> new Secret(new String(token, US_ASCII)));
    }

    void keep(int monkey, Secret token) {
        if (pages.get(monkey / PAGE) == null) {
            pages.compareAndSet(monkey / PAGE, null, new AtomicReferenceArray<>(PAGE));
        }
        pages.get(monkey / PAGE).set(monkey % PAGE, token.reveal().getBytes(US_ASCII));
    }

    void forget(int monkey) {
        AtomicReferenceArray<byte[]> page = pages.get(monkey / PAGE);
        if (page != null) {
            page.set(monkey % PAGE, null);
        }
    }
}

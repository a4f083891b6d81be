package io.livepatch.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.storage.Patch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the entries of a cache with those of a model under random requests. */
final class CacheEvictionTest {
    private static final long LIMIT = 20_000;
    private static final int STEPS = 200;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void leastRecentlyUsedEntriesAreEvictedAlsoAcrossRestarts(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        CacheFixture fixture = new CacheFixture(directory);
        List<Patch> patches = IntStream.range(0, 25)
                .mapToObj(i -> fixture.patch(i, random.nextInt(1, 6_000)))
                .toList();
        Deque<Patch> model = new ArrayDeque<>();
        CachedPatchStore cache = fixture.open(LIMIT);
        try {
            for (int step = 0; step < STEPS; step++) {
                fixture.advanceClock(Duration.ofSeconds(random.nextInt(60, 600)));
                Patch patch = patches.get((int) (patches.size() * Math.pow(random.nextDouble(), 2)));
                if (random.nextInt(20) == 0) {
                    cache.close();
                    cache = fixture.open(LIMIT);
                }
                assertThat(CacheFixture.read(cache, patch)).hasSize((int) patch.size());
                use(model, patch);

                assertThat(fixture.entries())
                        .as("seed %d, step %d", seed, step)
                        .containsExactlyInAnyOrderElementsOf(
                                model.stream().map(each -> each.sha256().hex()).toList());
                assertThat(cache.statistics().bytes()).isEqualTo(bytes(model)).isLessThanOrEqualTo(LIMIT);
            }
            assertThat(cache.statistics().bypasses()).isZero();
        } finally {
            cache.close();
        }
    }

    /** Moves the patch to the end of the model, and evicts from its beginning. */
    private static void use(Deque<Patch> model, Patch patch) {
        if (!model.remove(patch)) {
            while (bytes(model) + patch.size() > LIMIT) {
                model.removeFirst();
            }
        }
        model.addLast(patch);
    }

    private static long bytes(Deque<Patch> model) {
        return model.stream().mapToLong(Patch::size).sum();
    }
}

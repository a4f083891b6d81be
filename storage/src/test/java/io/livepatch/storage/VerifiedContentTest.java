package io.livepatch.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.storage.VerifiedContent.VerifiedStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class VerifiedContentTest {
    private static final PatchName NAME = Patches.name(0);
    private static final int TAIL = VerifiedStream.TAIL;

    private final RemotePatchStore store = new RemotePatchStore(new MemoryPatchStore());

    @AfterEach
    void close() {
        store.close();
    }

    private PatchContent verified() {
        return VerifiedContent.of(store.open(NAME).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, TAIL - 1, TAIL, TAIL + 1, 2 * TAIL, 300_000})
    void rightBytesAreReturned(int size) throws IOException {
        byte[] bytes = Patches.bytes(size, 1);
        Patches.put(store, NAME, bytes);

        try (PatchContent content = verified();
                InputStream stream = content.read(0, size)) {
            assertThat(stream.readAllBytes()).isEqualTo(bytes);
            assertThat(stream.read()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,0", "1000,999", "300000,0", "300000,150000", "300000,299999"})
    void wrongByteWithholdsTheEnd(int size, int position) throws IOException {
        byte[] bytes = Patches.bytes(size, 1);
        Patches.put(store, NAME, bytes);
        byte[] wrong = bytes.clone();
        wrong[position] ^= 1;
        store.network(_ -> new ByteArrayInputStream(wrong));

        assertThat(bytesBeforeFailure("instead of " + Sha256.of(bytes))).hasSize(Math.max(0, size - TAIL));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 150_000, 299_999})
    void truncatedStreamFails(int passed) throws IOException {
        byte[] bytes = Patches.bytes(300_000, 1);
        Patches.put(store, NAME, bytes);
        store.network(_ -> new ByteArrayInputStream(bytes, 0, passed));

        assertThat(bytesBeforeFailure(NAME.fileName())).hasSizeLessThanOrEqualTo(passed);
    }

    private byte[] bytesBeforeFailure(String reason) throws IOException {
        ByteArrayOutputStream passed = new ByteArrayOutputStream();
        try (PatchContent content = verified();
                InputStream stream = content.read(0, content.patch().size())) {
            assertThatThrownBy(() -> stream.transferTo(passed))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(NAME.fileName(), reason);
            assertThatThrownBy(stream::read).as("asked again").isInstanceOf(IOException.class);
        }
        return passed.toByteArray();
    }

    @Test
    void skippedBytesAreHashed() throws IOException {
        byte[] bytes = Patches.bytes(300_000, 1);
        Patches.put(store, NAME, bytes);

        try (PatchContent content = verified();
                InputStream stream = content.read(0, bytes.length)) {
            stream.skipNBytes(100_000);
            assertThat(stream.readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes, 100_000, bytes.length));
        }
    }

    @Test
    void partIsNotVerified() throws IOException {
        byte[] bytes = Patches.bytes(300_000, 1);
        Patches.put(store, NAME, bytes);

        try (PatchContent content = verified();
                InputStream stream = content.read(1, bytes.length - 1)) {
            assertThat(stream.readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes, 1, bytes.length));
        }
    }

    @Test
    void contentIsWrappedOnce() {
        Patches.put(store, NAME, new byte[1]);

        try (PatchContent content = verified()) {
            assertThat(VerifiedContent.of(content)).isSameAs(content);
        }
    }
}

package io.livepatch.storage;

import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

final class MemoryPatchStoreTest extends PatchStoreContract {
    private final ConcurrentNavigableMap<String, MemoryPatchStore.Kept> memory = new ConcurrentSkipListMap<>();

    @Override
    protected PatchStore openEmpty() {
        return new MemoryPatchStore(memory);
    }

    @Override
    protected PatchStore reopen() {
        return new MemoryPatchStore(memory);
    }

    @Override
    protected void damage(PatchName name) {
        memory.get(name.fileName()).bytes().array()[0] ^= 1;
    }

    @Override
    protected Traits traits() {
        return new Traits(false, false, false, true);
    }
}

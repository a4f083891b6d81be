/**
 * Stores for the bytes of patches. {@link io.livepatch.storage.PatchStore} is the interface, {@link io.livepatch.storage.PatchName} its key,
 * {@link io.livepatch.storage.StoreException} its failures. {@link io.livepatch.storage.PatchStores} opens the drivers, which have a
 * package each below this one.
 */
@NullMarked
package io.livepatch.storage;

import org.jspecify.annotations.NullMarked;

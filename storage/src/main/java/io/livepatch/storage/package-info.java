/**
 * Where patch bytes are kept. {@link io.livepatch.storage.PatchStore} is the face; {@link io.livepatch.storage.PatchName} is
 * the only key; {@link io.livepatch.storage.StoreException} says what went wrong. Drivers live in packages below, one each,
 * and are made by {@link io.livepatch.storage.PatchStores}.
 */
@NullMarked
package io.livepatch.storage;

import org.jspecify.annotations.NullMarked;

/**
 * What drivers share that touch a local disk: taking in bytes that must hash to what was announced, a file without a name for
 * those on their way to somewhere else, reading a stored file, and saying why a disk refused.
 */
@NullMarked
package io.livepatch.storage.disk;

import org.jspecify.annotations.NullMarked;

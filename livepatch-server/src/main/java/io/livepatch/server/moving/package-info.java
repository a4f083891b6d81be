/**
 * Moves patches from the store in effect to another, while machines download and operators upload.
 * {@link io.livepatch.server.moving.Migration} is the face.
 */
@NullMarked
package io.livepatch.server.moving;

import org.jspecify.annotations.NullMarked;

/**
 * What the drivers share for local disks: verified copies, spool files for uploads to a remote store, reading stored files, and the
 * translation of disk errors.
 */
@NullMarked
package io.livepatch.storage.disk;

import org.jspecify.annotations.NullMarked;

/**
 * Long work on stores as a person follows it: which requests it takes, how far it is, and what is said about it in the end. Both
 * programs run it, {@code livepatch-admin} over HTTP and {@code livepatch-server storage} in its own process, so it knows the
 * admin API's JSON and nothing of the server. {@link io.livepatch.server.task.StorageTask} is the face.
 */
@NullMarked
package io.livepatch.server.task;

import org.jspecify.annotations.NullMarked;

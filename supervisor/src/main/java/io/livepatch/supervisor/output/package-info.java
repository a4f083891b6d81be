/**
 * The output of workers: {@link io.livepatch.supervisor.output.OutputFactory} opens a rotated file for each worker
 * ({@link io.livepatch.supervisor.output.LogFile}), or passes lines on as JSON to the supervisor's own streams
 * ({@link io.livepatch.supervisor.output.AsyncLineWriter}), and keeps the last lines in memory
 * ({@link io.livepatch.supervisor.output.Line}). No worker waits for a reader or a disk: what they do not take is dropped and counted.
 *
 * <pre>
 * pump ▶ WorkerStream ▶ LineSplitter ▶ JsonLines ▶ AsyncLineWriter (BoundedLineQueue ▶ thread)     without a file
 *                                        └──────▶ RecentLines
 * pump ▶ LogFile                                                                                   with a file: the bytes
 *      ▶ WorkerStream ▶ LineSplitter ▶ PlainLines ▶ RecentLines                                    as they were written
 * </pre>
 */
@NullMarked
package io.livepatch.supervisor.output;

import org.jspecify.annotations.NullMarked;

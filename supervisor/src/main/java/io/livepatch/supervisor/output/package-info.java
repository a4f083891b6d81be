/**
 * Where the output of workers goes: {@link io.livepatch.supervisor.output.OutputFactory} opens a place for each, in rotated files
 * ({@link io.livepatch.supervisor.output.LogFile}) or as JSON lines on the supervisor's own streams
 * ({@link io.livepatch.supervisor.output.AsyncLineWriter}), and remembers the last lines ({@link io.livepatch.supervisor.output.Line}).
 * Nothing here makes a worker wait for whoever reads.
 *
 * <pre>
 * pump ▶ WorkerStream ▶ LineSplitter ▶ JsonLines ▶ Outlet (Backlog ▶ writer)     no file: standard output and error
 *                                        └──────▶ RecentLines
 * pump ▶ LogFile                                                                 a file: the bytes as they came,
 *      ▶ WorkerStream ▶ LineSplitter ▶ PlainLines ▶ RecentLines                  both streams in one
 * </pre>
 */
@NullMarked
package io.livepatch.supervisor.output;

import org.jspecify.annotations.NullMarked;

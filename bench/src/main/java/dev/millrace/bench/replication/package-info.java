/**
 * Runs of a master with a stock replica, and of its snapshots, Millrace and Redis one after the
 * other: run them with {@code bench/replication}.
 */
@NullMarked
package dev.millrace.bench.replication;

import org.jspecify.annotations.NullMarked;

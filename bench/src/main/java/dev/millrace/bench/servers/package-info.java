/**
 * Real servers as processes of their own, measured from outside: what starts one, asks it, and
 * reads what the system knows of it. Shared by the runs of {@code bench/side-by-side}, {@code
 * bench/memory} and {@code bench/replication}.
 */
@NullMarked
package dev.millrace.bench.servers;

import org.jspecify.annotations.NullMarked;

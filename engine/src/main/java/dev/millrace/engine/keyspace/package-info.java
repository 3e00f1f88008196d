/**
 * The data set: databases of entries, their expiry, eviction, lazy freeing, watched keys, and the
 * snapshot of all of them at one cut. Everything here belongs to the executor thread.
 */
@NullMarked
package dev.millrace.engine.keyspace;

import org.jspecify.annotations.NullMarked;

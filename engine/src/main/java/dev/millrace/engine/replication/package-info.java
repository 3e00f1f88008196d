/**
 * The master's side of replication: the handshake, the resync decision, full syncs from a base with
 * the log pinned, transfers from segment files, and the feed from memory.
 */
@NullMarked
package dev.millrace.engine.replication;

import org.jspecify.annotations.NullMarked;

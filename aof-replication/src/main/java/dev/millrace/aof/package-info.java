/**
 * The replication stream on disk: segments, ledger, journal, recovery, retention, transfer and the
 * resync decision. Knows bytes and offsets and no Redis command.
 */
@NullMarked
package dev.millrace.aof;

import org.jspecify.annotations.NullMarked;

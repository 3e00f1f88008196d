/**
 * The replication stream in memory: offsets and ranges, replication IDs and their history, shared
 * blocks and their readers. Knows bytes and offsets and no Redis command.
 */
@NullMarked
package dev.millrace.backlog;

import org.jspecify.annotations.NullMarked;

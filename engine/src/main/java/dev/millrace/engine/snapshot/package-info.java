/**
 * The dataset as bytes: the RDB file format, read and written as a stream, DUMP payloads, and the
 * file side of a snapshot taken without fork. Knows no command; the keyspace hands it raw entries.
 */
@NullMarked
package dev.millrace.engine.snapshot;

import org.jspecify.annotations.NullMarked;

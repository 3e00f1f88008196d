/** The server: everything between a client's socket and the replication stream. */
@NullMarked
package dev.millrace.engine;

import org.jspecify.annotations.NullMarked;

/** MULTI, EXEC, DISCARD, WATCH and UNWATCH as a client sees them. */
@NullMarked
package dev.millrace.engine.command.transaction;

import org.jspecify.annotations.NullMarked;

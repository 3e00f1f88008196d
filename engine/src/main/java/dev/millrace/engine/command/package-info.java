/**
 * Commands: how one is declared ({@link dev.millrace.engine.command.Command}), what it sees while
 * it runs ({@link dev.millrace.engine.command.Call}), and the groups of them, one class per data
 * type.
 */
@NullMarked
package dev.millrace.engine.command;

import org.jspecify.annotations.NullMarked;

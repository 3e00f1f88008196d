/** The commands of lists, those that wait for an element included. */
@NullMarked
package dev.millrace.engine.command.list;

import org.jspecify.annotations.NullMarked;

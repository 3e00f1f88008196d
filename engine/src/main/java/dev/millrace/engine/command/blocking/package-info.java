/** What the commands that may wait for keys share beside {@link dev.millrace.engine.command}. */
@NullMarked
package dev.millrace.engine.command.blocking;

import org.jspecify.annotations.NullMarked;

/** Commands on string values, and the arithmetic they need. */
@NullMarked
package dev.millrace.engine.command.string;

import org.jspecify.annotations.NullMarked;

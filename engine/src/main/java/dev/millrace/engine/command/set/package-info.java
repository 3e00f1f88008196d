/** Commands on sets. */
@NullMarked
package dev.millrace.engine.command.set;

import org.jspecify.annotations.NullMarked;

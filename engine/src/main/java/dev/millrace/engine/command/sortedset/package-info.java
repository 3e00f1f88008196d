/** Commands on sorted sets. */
@NullMarked
package dev.millrace.engine.command.sortedset;

import org.jspecify.annotations.NullMarked;

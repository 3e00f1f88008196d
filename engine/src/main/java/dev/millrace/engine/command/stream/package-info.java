/** Commands on streams: entries, ranges, readers that wait, consumer groups. */
@NullMarked
package dev.millrace.engine.command.stream;

import org.jspecify.annotations.NullMarked;

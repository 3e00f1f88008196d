/** Commands on hashes. */
@NullMarked
package dev.millrace.engine.command.hash;

import org.jspecify.annotations.NullMarked;

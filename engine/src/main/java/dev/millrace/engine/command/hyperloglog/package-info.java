/** Commands that estimate how many different elements a set has. */
@NullMarked
package dev.millrace.engine.command.hyperloglog;

import org.jspecify.annotations.NullMarked;

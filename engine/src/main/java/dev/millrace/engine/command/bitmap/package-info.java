/** Commands that see a string as an array of bits, the highest bit of the first byte first. */
@NullMarked
package dev.millrace.engine.command.bitmap;

import org.jspecify.annotations.NullMarked;

/** Commands on keys of any type: existence, names, expiry, iteration, serialized values. */
@NullMarked
package dev.millrace.engine.command.generic;

import org.jspecify.annotations.NullMarked;

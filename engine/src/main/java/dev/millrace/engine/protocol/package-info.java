/**
 * The Redis protocol: requests decoded in place in off-heap buffers, replies written straight into
 * off-heap buffers. Knows bytes and no command: what a command is comes in through {@link
 * dev.millrace.engine.protocol.CommandLookup}.
 */
@NullMarked
package dev.millrace.engine.protocol;

import org.jspecify.annotations.NullMarked;

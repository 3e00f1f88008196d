/**
 * Channels, patterns and who listens to them; key events and MONITOR, which reach clients alike.
 */
@NullMarked
package dev.millrace.engine.pubsub;

import org.jspecify.annotations.NullMarked;

/** Everything put together: start, stop, the periodic work, and what INFO tells. */
@NullMarked
package dev.millrace.engine.server;

import org.jspecify.annotations.NullMarked;

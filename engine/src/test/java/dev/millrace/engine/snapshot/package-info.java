/** Tests of the RDB format, with a real redis-server as the judge. */
@NullMarked
package dev.millrace.engine.snapshot;

import org.jspecify.annotations.NullMarked;

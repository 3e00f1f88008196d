/**
 * A load generator that costs little beside the server it drives: requests are encoded before the
 * clock starts, replies are counted and not parsed.
 */
@NullMarked
package dev.millrace.bench.load;

import org.jspecify.annotations.NullMarked;

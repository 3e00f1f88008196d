/**
 * Runs against real servers, Millrace and Redis in turn, each a process of its own measured from
 * outside: run it with {@code bench/side-by-side}.
 */
@NullMarked
package dev.millrace.bench.sidebyside;

import org.jspecify.annotations.NullMarked;

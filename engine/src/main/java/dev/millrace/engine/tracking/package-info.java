/** Tells clients that keep copies of keys which of them are out of date (CLIENT TRACKING). */
@NullMarked
package dev.millrace.engine.tracking;

import org.jspecify.annotations.NullMarked;

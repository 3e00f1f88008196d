/** The start of the server: the dataset rebuilt from the newest base and the stream after it. */
@NullMarked
package dev.millrace.engine.recovery;

import org.jspecify.annotations.NullMarked;

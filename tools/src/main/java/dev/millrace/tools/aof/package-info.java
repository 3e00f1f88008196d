/** {@code millrace aof}: a look into a log's directory, and the mending of a damaged one. */
@NullMarked
package dev.millrace.tools.aof;

import org.jspecify.annotations.NullMarked;

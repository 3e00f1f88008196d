/** {@code millrace demo}: a replica that was away catches up from the log on disk. */
@NullMarked
package dev.millrace.tools.demo;

import org.jspecify.annotations.NullMarked;

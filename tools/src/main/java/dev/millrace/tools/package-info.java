/** The {@code millrace} command line: what stands beside the server itself. */
@NullMarked
package dev.millrace.tools;

import org.jspecify.annotations.NullMarked;

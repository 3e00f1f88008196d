/** {@code millrace compare}: two servers are shown equal at one replication offset, or not. */
@NullMarked
package dev.millrace.tools.compare;

import org.jspecify.annotations.NullMarked;

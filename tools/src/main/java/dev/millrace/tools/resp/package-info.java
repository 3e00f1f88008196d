/** A client, as small as the tools need it. */
@NullMarked
package dev.millrace.tools.resp;

import org.jspecify.annotations.NullMarked;

/**
 * The commands about connections and about the server itself. What they need of the running server
 * beyond the command API stands in small interfaces here, which the server implements.
 */
@NullMarked
package dev.millrace.engine.admin;

import org.jspecify.annotations.NullMarked;

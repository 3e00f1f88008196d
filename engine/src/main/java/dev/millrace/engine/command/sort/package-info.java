/** SORT and SORT_RO. */
@NullMarked
package dev.millrace.engine.command.sort;

import org.jspecify.annotations.NullMarked;

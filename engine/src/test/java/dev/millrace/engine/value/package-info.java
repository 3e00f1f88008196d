/** Tests of the collection types. */
@NullMarked
package dev.millrace.engine.value;

import org.jspecify.annotations.NullMarked;

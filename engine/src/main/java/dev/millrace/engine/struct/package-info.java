/** Off-heap data structures that the keyspace and the collection types are made of. */
@NullMarked
package dev.millrace.engine.struct;

import org.jspecify.annotations.NullMarked;

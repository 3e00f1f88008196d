/**
 * The types of value beside the string: what a key's entry holds for each, small in one listpack
 * inside the entry, large in structures off-heap. Types know their RDB form and no command.
 */
@NullMarked
package dev.millrace.engine.value;

import org.jspecify.annotations.NullMarked;

/** Benchmarks: every published figure is made again by a class or script of this module. */
@NullMarked
package dev.millrace.bench;

import org.jspecify.annotations.NullMarked;

/**
 * Microbenchmarks of the hot parts, each beside what one would use without Millrace: run them with
 * {@code bench/micro}. Every published figure is made again by a class or script of this module.
 *
 * <p>A state's fields are set by its {@code @Setup} method, which the harness calls before anything
 * else; the classes say so to the null checker by {@code NullAway.Init}.
 */
@NullMarked
package dev.millrace.bench;

import org.jspecify.annotations.NullMarked;

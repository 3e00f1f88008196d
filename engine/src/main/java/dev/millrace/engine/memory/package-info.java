/**
 * Off-heap memory: raw access by absolute address, pages from the system, the slab allocator with
 * its size classes, and the checked mode that catches out-of-bounds access, use after free, double
 * free and leaks, naming the allocation site.
 */
@NullMarked
package dev.millrace.engine.memory;

import org.jspecify.annotations.NullMarked;

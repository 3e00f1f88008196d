/**
 * From the I/O threads to the stream: the request ring, the executor that runs every command, the
 * dispatcher's rules, the stream's writer and the gate that holds replies back until they are
 * durable.
 */
@NullMarked
package dev.millrace.engine.pipeline;

import org.jspecify.annotations.NullMarked;

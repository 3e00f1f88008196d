/** Commands on Bloom filters, as the module RedisBloom has them. */
@NullMarked
package dev.millrace.engine.command.bloom;

import org.jspecify.annotations.NullMarked;

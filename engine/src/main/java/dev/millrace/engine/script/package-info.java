/**
 * Lua 5.1 as scripts see it: the C library bound through FFM, the sandbox, and the libraries that
 * scripts expect (cjson, cmsgpack, struct, bit). Knows nothing of commands.
 */
@NullMarked
package dev.millrace.engine.script;

import org.jspecify.annotations.NullMarked;

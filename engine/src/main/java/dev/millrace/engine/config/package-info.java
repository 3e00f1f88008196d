/**
 * Configuration: every directive declared once ({@link dev.millrace.engine.config.Config}), the
 * file and the command line that set it, CONFIG GET, SET and REWRITE over it.
 */
@NullMarked
package dev.millrace.engine.config;

import org.jspecify.annotations.NullMarked;

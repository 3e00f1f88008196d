/**
 * EVAL, SCRIPT, FCALL and FUNCTION: scripts, how they run commands, and how their values go over.
 */
@NullMarked
package dev.millrace.engine.command.script;

import org.jspecify.annotations.NullMarked;

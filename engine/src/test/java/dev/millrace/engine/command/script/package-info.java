/** Scripts and functions beside a real Redis. */
@org.jspecify.annotations.NullMarked
package dev.millrace.engine.command.script;

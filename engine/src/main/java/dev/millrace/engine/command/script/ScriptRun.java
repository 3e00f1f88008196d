package dev.millrace.engine.command.script;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.protocol.Request;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One script under way.
 *
 * <p>Owned by: executor thread.
 */
final class ScriptRun {
  static final String SCRIPT_BUSY =
      "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
  static final String FUNCTION_BUSY =
      "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";

  final Client caller;

  /** What called it. */
  final Request request;

  final String name;
  final boolean isFunction;
  final boolean readOnly;
  final boolean allowOom;
  final long nowMillis;
  final long startNanos = System.nanoTime();
  final int effectsBefore;

  /** The protocol of replies to its commands. */
  int protocol = 2;

  /** False while it has asked that its commands go to no stream. */
  boolean propagates = true;

  /** It has run a command that may write. */
  boolean wrote;

  /** It runs longer than others wait without an answer. */
  boolean slow;

  /** It is to end. */
  boolean killed;

  /** What it did is not to be propagated: the server ends. */
  boolean abandoned;

  ScriptRun(
      Client caller,
      Request request,
      String name,
      boolean isFunction,
      @Nullable Set<ScriptFlag> flags,
      boolean onlyReads,
      long nowMillis,
      int effectsBefore) {
    this.caller = caller;
    this.request = request;
    this.name = name;
    this.isFunction = isFunction;
    this.readOnly = onlyReads || (flags != null && flags.contains(ScriptFlag.NO_WRITES));
    this.allowOom = flags != null && flags.contains(ScriptFlag.ALLOW_OOM);
    this.nowMillis = nowMillis;
    this.effectsBefore = effectsBefore;
  }

  /** What other clients are answered while it is slow. */
  String busyText() {
    return isFunction ? FUNCTION_BUSY : SCRIPT_BUSY;
  }

  long millis() {
    return (System.nanoTime() - startNanos) / 1_000_000;
  }
}

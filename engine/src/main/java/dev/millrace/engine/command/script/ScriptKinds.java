package dev.millrace.engine.command.script;

import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandFlag;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a script that says of itself what it does is to the server's state: a command that writes or
 * does not, that may need memory or does not, that reads what may be out of date or does not.
 *
 * <p>Immutable; any thread.
 */
final class ScriptKinds {
  private static final int WRITES = 1;
  private static final int NEEDS_MEMORY = 2;
  private static final int READS_STALE = 4;
  private static final Command[] KINDS = new Command[8];

  static {
    for (int i = 0; i < KINDS.length; i++) {
      EnumSet<CommandFlag> flags = EnumSet.noneOf(CommandFlag.class);
      if ((i & WRITES) != 0) {
        flags.add(CommandFlag.WRITE);
      }
      if ((i & NEEDS_MEMORY) != 0) {
        flags.add(CommandFlag.DENYOOM);
      }
      if ((i & READS_STALE) != 0) {
        flags.add(CommandFlag.STALE);
      }
      KINDS[i] =
          Command.named("script")
              .arity(-3)
              .flags(flags.toArray(CommandFlag[]::new))
              .handledBy(call -> {})
              .build();
    }
  }

  private ScriptKinds() {}

  /** The kind of a script that says this of itself. */
  static Command of(Set<ScriptFlag> flags) {
    boolean writes = !flags.contains(ScriptFlag.NO_WRITES);
    // Without writes it needs no memory that it would have to ask for.
    boolean needsMemory = writes && !flags.contains(ScriptFlag.ALLOW_OOM);
    return KINDS[
        (writes ? WRITES : 0)
            | (needsMemory ? NEEDS_MEMORY : 0)
            | (flags.contains(ScriptFlag.ALLOW_STALE) ? READS_STALE : 0)];
  }

  /** The kind of a script that says nothing: its commands are judged one by one, but not stale. */
  static Command ofSilent() {
    return KINDS[0];
  }
}

package dev.millrace.engine.command.script;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandHandler;
import dev.millrace.engine.command.CommandTable;
import java.nio.charset.StandardCharsets;

/**
 * EVAL, EVALSHA, their read-only forms, and SCRIPT.
 *
 * <p>Owned by: executor thread.
 */
public final class ScriptCommands implements CommandGroup {
  private static final byte[] SYNC = "sync".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ASYNC = "async".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NO = "no".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] YES = "yes".getBytes(StandardCharsets.US_ASCII);

  private final ScriptEngine engine;
  private final Scripts scripts;

  public ScriptCommands(ScriptEngine engine, Scripts scripts) {
    this.engine = engine;
    this.scripts = scripts;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        ScriptDeclarations.runner("eval", "2.6.0", "script", false, true, "Runs a Lua script.")
            .judgedBy(scripts::kind)
            .handledBy(call -> scripts.eval(call, false)));
    table.add(
        ScriptDeclarations.runner(
                "evalsha", "2.6.0", "sha1", false, false, "Runs a Lua script that is kept.")
            .judgedBy(scripts::kindOfSha)
            .handledBy(call -> scripts.evalSha(call, false)));
    table.add(
        ScriptDeclarations.runner(
                "eval_ro", "7.0.0", "script", true, true, "Runs a Lua script that only reads.")
            .judgedBy(scripts::kind)
            .handledBy(call -> scripts.eval(call, true)));
    table.add(
        ScriptDeclarations.runner(
                "evalsha_ro",
                "7.0.0",
                "sha1",
                true,
                false,
                "Runs a Lua script that is kept and only reads.")
            .judgedBy(scripts::kindOfSha)
            .handledBy(call -> scripts.evalSha(call, true)));
    table.add(
        ScriptDeclarations.script()
            .subcommand(ScriptDeclarations.scriptFlush().handledBy(this::flush))
            .subcommand(
                ScriptDeclarations.scriptKill()
                    .handledBy(call -> {
                      engine.kill(false);
                      call.reply().ok();
                    }))
            .subcommand(ScriptDeclarations.scriptDebug().handledBy(ScriptCommands::debug))
            .subcommand(ScriptDeclarations.scriptExists().handledBy(this::exists))
            .subcommand(ScriptDeclarations.help("5.0.0").handledBy(help()))
            .subcommand(
                ScriptDeclarations.scriptLoad()
                    .handledBy(call -> call.reply().bulk(scripts.load(call)))));
  }

  private static CommandHandler help() {
    return ScriptHelp.of(
        "SCRIPT",
        "DEBUG (YES|SYNC|NO)",
        "    Set the debug mode for subsequent scripts executed.",
        "EXISTS <sha1> [<sha1> ...]",
        "    Return information about the existence of the scripts in the script cache.",
        "FLUSH [ASYNC|SYNC]",
        "    Flush the Lua scripts cache. Very dangerous on replicas.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the scripts cache.",
        "    * SYNC: Synchronously flush the scripts cache.",
        "KILL",
        "    Kill the currently executing Lua script.",
        "LOAD <script>",
        "    Load a script into the scripts cache without executing it.");
  }

  private void exists(Call call) {
    call.reply().array(call.argc() - 2L);
    for (int i = 2; i < call.argc(); i++) {
      call.reply().integer(scripts.exists(call, i) ? 1 : 0);
    }
  }

  private void flush(Call call) {
    boolean known = call.argc() == 2;
    if (call.argc() == 3) {
      known = call.is(2, SYNC) || call.is(2, ASYNC);
    }
    if (!known) {
      throw new CommandError("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
    }
    scripts.flush();
    call.reply().ok();
  }

  /** There is no debugger: its client would be told so by the first script. */
  private static void debug(Call call) {
    if (call.is(2, NO) || call.is(2, YES) || call.is(2, SYNC)) {
      call.reply().ok();
      return;
    }
    throw new CommandError("ERR Use SCRIPT DEBUG YES/SYNC/NO");
  }
}

package dev.millrace.engine.command.script;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandHandler;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.generic.GlobPattern;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.snapshot.FunctionsPayload;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * FCALL, FCALL_RO and FUNCTION.
 *
 * <p>Owned by: executor thread.
 */
public final class FunctionCommands implements CommandGroup {
  private static final byte[] SYNC = "sync".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ASYNC = "async".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] REPLACE = "replace".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WITHCODE = "withcode".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LIBRARYNAME = "libraryname".getBytes(StandardCharsets.US_ASCII);

  private final ScriptEngine engine;
  private final Libraries libraries;
  private final BooleanSupplier compress;

  /**
   * The commands.
   *
   * @param compress the setting {@code rdbcompression}
   */
  public FunctionCommands(ScriptEngine engine, Libraries libraries, BooleanSupplier compress) {
    this.engine = engine;
    this.libraries = libraries;
    this.compress = compress;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        ScriptDeclarations.runner("fcall", "7.0.0", "function", false, true, "Calls a function.")
            .judgedBy(libraries::kind)
            .handledBy(call -> libraries.call(call, false)));
    table.add(
        ScriptDeclarations.runner(
                "fcall_ro", "7.0.0", "function", true, true, "Calls a function that only reads.")
            .judgedBy(libraries::kind)
            .handledBy(call -> libraries.call(call, true)));
    table.add(
        ScriptDeclarations.function()
            .subcommand(ScriptDeclarations.help("7.0.0").handledBy(help()))
            .subcommand(ScriptDeclarations.functionRestore().handledBy(this::restore))
            .subcommand(ScriptDeclarations.functionLoad().handledBy(this::load))
            .subcommand(ScriptDeclarations.functionDump().handledBy(this::dump))
            .subcommand(ScriptDeclarations.functionDelete().handledBy(this::delete))
            .subcommand(ScriptDeclarations.functionFlush().handledBy(this::flush))
            .subcommand(ScriptDeclarations.functionList().handledBy(this::list))
            .subcommand(ScriptDeclarations.functionStats().handledBy(this::stats))
            .subcommand(
                ScriptDeclarations.functionKill()
                    .handledBy(call -> {
                      engine.kill(true);
                      call.reply().ok();
                    })));
  }

  private static CommandHandler help() {
    return ScriptHelp.of(
        "FUNCTION",
        "LOAD [REPLACE] <FUNCTION CODE>",
        "    Create a new library with the given library name and code.",
        "DELETE <LIBRARY NAME>",
        "    Delete the given library.",
        "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
        "    Return general information on all the libraries:",
        "    * Library name",
        "    * The engine used to run the Library",
        "    * Library description",
        "    * Functions list",
        "    * Library code (if WITHCODE is given)",
        "    It also possible to get only function that matches a pattern using LIBRARYNAME argument.",
        "STATS",
        "    Return information about the current function running:",
        "    * Function name",
        "    * Command used to run the function",
        "    * Duration in MS that the function is running",
        "    If no function is running, return nil",
        "    In addition, returns a list of available engines.",
        "KILL",
        "    Kill the current running function.",
        "FLUSH [ASYNC|SYNC]",
        "    Delete all the libraries.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the libraries.",
        "    * SYNC: Synchronously flush the libraries.",
        "DUMP",
        "    Return a serialized payload representing the current libraries, can be restored using"
            + " FUNCTION RESTORE command",
        "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
        "    Restore the libraries represented by the given payload, it is possible to give a"
            + " restore policy to",
        "    control how to handle existing libraries (default APPEND):",
        "    * FLUSH: delete all existing libraries.",
        "    * APPEND: appends the restored libraries to the existing libraries. On collision,"
            + " abort.",
        "    * REPLACE: appends the restored libraries to the existing libraries, On collision,"
            + " replace the old",
        "      libraries with the new libraries (notice that even on this option there is a chance"
            + " of failure",
        "      in case of functions name collision with another library).");
  }

  private static CommandError usage(String subcommand) {
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '"
            + subcommand
            + "'. Try FUNCTION HELP.");
  }

  private void load(Call call) {
    boolean replace = false;
    int source = call.argc() - 1;
    for (int i = 2; i < source; i++) {
      if (!call.is(i, REPLACE)) {
        throw new CommandError("ERR Unknown option given: " + call.text(i));
      }
      replace = true;
    }
    String name = libraries.load(call.request().bytes(source), replace);
    call.changed();
    call.reply().bulk(name);
  }

  private void delete(Call call) {
    libraries.delete(call.text(2));
    call.changed();
    call.reply().ok();
  }

  private void flush(Call call) {
    if (call.argc() > 3) {
      throw usage(call.text(1));
    }
    if (call.argc() == 3 && !call.is(2, SYNC) && !call.is(2, ASYNC)) {
      throw new CommandError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    libraries.flush();
    call.changed();
    call.reply().ok();
  }

  private void dump(Call call) {
    call.reply().bulk(FunctionsPayload.encode(libraries.sources(), compress.getAsBoolean()));
  }

  private void restore(Call call) {
    if (call.argc() > 4) {
      throw usage(call.text(1));
    }
    Libraries.Policy policy = Libraries.Policy.APPEND;
    if (call.argc() == 4) {
      policy =
          switch (call.text(3).toLowerCase(Locale.ROOT)) {
            case "flush" -> Libraries.Policy.FLUSH;
            case "append" -> Libraries.Policy.APPEND;
            case "replace" -> Libraries.Policy.REPLACE;
            default ->
                throw new CommandError(
                    "ERR Wrong restore policy given, value should be either FLUSH, APPEND or"
                        + " REPLACE.");
          };
    }
    List<byte[]> sources;
    try {
      sources = FunctionsPayload.decode(call.address(2), call.length(2));
    } catch (FunctionsPayload.BadPayloadException bad) {
      throw new CommandError("ERR " + bad.text());
    }
    libraries.restore(sources, policy);
    call.changed();
    call.reply().ok();
  }

  private void list(Call call) {
    int pattern = 0;
    boolean withCode = false;
    for (int i = 2; i < call.argc(); i++) {
      if (!withCode && call.is(i, WITHCODE)) {
        withCode = true;
      } else if (pattern == 0 && call.is(i, LIBRARYNAME)) {
        i++;
        if (i == call.argc()) {
          throw new CommandError("ERR library name argument was not given");
        }
        pattern = i;
      } else {
        throw new CommandError("ERR Unknown argument " + call.text(i));
      }
    }
    List<Library> shown = new ArrayList<>();
    for (Library library : libraries.all()) {
      byte[] name = library.name.getBytes(StandardCharsets.US_ASCII);
      if (pattern == 0
          || GlobPattern.matchesIgnoringCase(call.address(pattern), call.length(pattern), name)) {
        shown.add(library);
      }
    }
    call.reply().array(shown.size());
    for (Library library : shown) {
      describe(call.reply(), library, withCode);
    }
  }

  private static void describe(ReplyWriter reply, Library library, boolean withCode) {
    reply.map(withCode ? 4 : 3);
    reply.bulk("library_name");
    reply.bulk(library.name);
    reply.bulk("engine");
    reply.bulk("LUA");
    reply.bulk("functions");
    reply.array(library.functions.size());
    for (Library.Function function : library.functions.values()) {
      reply.map(3);
      reply.bulk("name");
      reply.bulk(function.name());
      reply.bulk("description");
      String description = function.description();
      if (description == null) {
        reply.nullBulk();
      } else {
        reply.bulk(description);
      }
      reply.bulk("flags");
      reply.set(function.flags().size());
      function.flags().forEach(flag -> reply.simple(flag.word()));
    }
    if (withCode) {
      reply.bulk("library_code");
      reply.bulk(library.source);
    }
  }

  private void stats(Call call) {
    ScriptRun run = engine.running();
    if (run != null && !run.isFunction) {
      throw new CommandError(run.busyText());
    }
    ReplyWriter reply = call.reply();
    reply.map(2);
    reply.bulk("running_script");
    if (run == null) {
      reply.nullBulk();
    } else {
      describe(reply, run);
    }
    reply.bulk("engines");
    reply.map(1);
    reply.bulk("LUA");
    reply.map(2);
    reply.bulk("libraries_count");
    reply.integer(libraries.libraryCount());
    reply.bulk("functions_count");
    reply.integer(libraries.functionCount());
  }

  private static void describe(ReplyWriter reply, ScriptRun run) {
    reply.map(3);
    reply.bulk("name");
    reply.bulk(run.name);
    reply.bulk("command");
    Request request = run.request;
    reply.array(request.argc());
    for (int i = 0; i < request.argc(); i++) {
      reply.bulk(request.address(i), request.length(i));
    }
    reply.bulk("duration_ms");
    reply.integer(run.millis());
  }
}

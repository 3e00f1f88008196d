package dev.millrace.engine.acl;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandHandler;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.HelpText;
import dev.millrace.engine.protocol.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * ACL, but for LOAD and SAVE, whose handlers are given, for they wait for a disk.
 *
 * <p>Owned by: executor thread.
 */
public final class AclCommands implements CommandGroup {
  private static final CommandError BAD_BITS =
      new CommandError(
          "ERR ACL GENPASS argument must be the number of bits for the output password, a positive"
              + " number up to 4096");
  private static final int BITS = 256;
  private static final int BITS_MAX = 4096;
  private static final long LOG_ENTRIES = 10;
  private static final byte[] RESET = "reset".getBytes(StandardCharsets.US_ASCII);

  private final AccessControl access;
  private final CommandHandler load;
  private final CommandHandler save;
  private final SecureRandom random = new SecureRandom();

  /** The commands over these users. */
  public AclCommands(AccessControl access, CommandHandler load, CommandHandler save) {
    this.access = access;
    this.load = load;
    this.save = save;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        AclDeclarations.acl()
            .subcommand(AclDeclarations.cat().handledBy(this::categories))
            .subcommand(AclDeclarations.deluser().handledBy(this::delete))
            .subcommand(AclDeclarations.dryrun().handledBy(this::dryRun))
            .subcommand(AclDeclarations.genpass().handledBy(this::password))
            .subcommand(AclDeclarations.getuser().handledBy(this::describe))
            .subcommand(AclDeclarations.help().handledBy(help()))
            .subcommand(AclDeclarations.list().handledBy(this::list))
            .subcommand(AclDeclarations.load().handledBy(load))
            .subcommand(AclDeclarations.log().handledBy(this::log))
            .subcommand(AclDeclarations.save().handledBy(save))
            .subcommand(AclDeclarations.setuser().handledBy(this::set))
            .subcommand(AclDeclarations.users().handledBy(this::names))
            .subcommand(
                AclDeclarations.whoami()
                    .handledBy(call -> call.reply().bulk(call.client().user().name()))));
  }

  private static CommandHandler help() {
    return HelpText.of(
        "ACL",
        "CAT [<category>]",
        "    The categories of commands, or the commands of one.",
        "DELUSER <username> [<username> ...]",
        "    Deletes users, and closes their connections.",
        "DRYRUN <username> <command> [<arg> ...]",
        "    Tells whether a user may run a command, without running it.",
        "GETUSER <username>",
        "    The permissions of a user.",
        "GENPASS [<bits>]",
        "    Makes a password that cannot be guessed, of 256 bits if not said otherwise.",
        "LIST",
        "    All users as lines of a configuration file.",
        "LOAD",
        "    Reads the users from the ACL file.",
        "LOG [<count> | RESET]",
        "    What was denied lately.",
        "SAVE",
        "    Writes the users to the ACL file.",
        "SETUSER <username> <attribute> [<attribute> ...]",
        "    Makes a user, or changes one.",
        "USERS",
        "    The names of all users.",
        "WHOAMI",
        "    The user this connection is.");
  }

  private static List<String> words(Call call, int from) {
    List<String> words = new ArrayList<>();
    for (int i = from; i < call.argc(); i++) {
      words.add(call.text(i));
    }
    return words;
  }

  private static CommandError wrongUse(Call call) {
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '"
            + call.text(1)
            + "'. Try ACL HELP.");
  }

  private void categories(Call call) {
    if (call.argc() > 3) {
      throw wrongUse(call);
    }
    if (call.argc() == 2) {
      call.reply().array(Categories.ALL.size());
      Categories.ALL.forEach(call.reply()::bulk);
      return;
    }
    String category = call.text(2).toLowerCase(Locale.ROOT);
    if (!Categories.ALL.contains(category)) {
      throw new CommandError("ERR Unknown category '" + call.text(2) + "'");
    }
    List<String> found = new ArrayList<>();
    for (Command command : access.commands().all()) {
      if (command.categories().contains(category)) {
        found.add(command.fullName());
      }
      for (Command child : command.subcommands().values()) {
        if (child.categories().contains(category)) {
          found.add(child.fullName());
        }
      }
    }
    call.reply().array(found.size());
    found.forEach(call.reply()::bulk);
  }

  private void set(Call call) {
    access.set(call.text(2), words(call, 3));
    call.reply().ok();
  }

  private void delete(Call call) {
    call.reply().integer(access.delete(words(call, 2), call.client()));
  }

  private void list(Call call) {
    List<String> lines = access.lines();
    call.reply().array(lines.size());
    lines.forEach(call.reply()::bulk);
  }

  private void names(Call call) {
    call.reply().array(access.all().size());
    access.all().forEach(user -> call.reply().bulk(user.name()));
  }

  private void describe(Call call) {
    AclUser user = access.find(call.text(2));
    ReplyWriter reply = call.reply();
    if (user == null) {
      reply.nullBulk();
      return;
    }
    reply.map(6);
    reply.bulk("flags");
    List<String> flags = RuleText.flags(user);
    reply.set(flags.size());
    flags.forEach(reply::bulk);
    reply.bulk("passwords");
    reply.array(user.passwords.size());
    user.passwords.forEach(reply::bulk);
    describe(reply, user.root);
    reply.bulk("selectors");
    reply.array(user.selectors.size());
    for (Selector selector : user.selectors) {
      reply.map(3);
      describe(reply, selector);
    }
  }

  private void describe(ReplyWriter reply, Selector selector) {
    reply.bulk("commands");
    reply.bulk(access.text().commands(selector));
    reply.bulk("keys");
    reply.bulk(RuleText.keys(selector));
    reply.bulk("channels");
    reply.bulk(RuleText.channels(selector));
  }

  private void password(Call call) {
    if (call.argc() > 3) {
      throw wrongUse(call);
    }
    long bits = call.argc() == 3 ? call.longArgument(2) : BITS;
    if (bits <= 0 || bits > BITS_MAX) {
      throw BAD_BITS;
    }
    int digits = (int) ((bits + 3) / 4);
    byte[] bytes = new byte[(digits + 1) / 2];
    random.nextBytes(bytes);
    call.reply().bulk(HexFormat.of().formatHex(bytes).substring(0, digits));
  }

  private void dryRun(Call call) {
    AclUser user = access.find(call.text(2));
    if (user == null) {
      throw new CommandError("ERR User '" + call.text(2) + "' not found");
    }
    Command command = access.commands().find(call.text(3));
    if (command != null && command.isContainer() && call.argc() > 4) {
      command = command.subcommands().get(call.text(4).toLowerCase(Locale.ROOT));
    }
    if (command == null) {
      throw new CommandError("ERR Command '" + call.text(3) + "' not found");
    }
    if (!command.accepts(call.argc() - 3)) {
      throw new CommandError(
          "ERR wrong number of arguments for '" + command.fullName() + "' command");
    }
    switch (user.check(command, call.request(), 3)) {
      case NONE -> call.reply().ok();
      case KEY -> denied(call, "access the '" + call.text(user.deniedArgument()) + "' key");
      case CHANNEL -> denied(call, "access the '" + call.text(user.deniedArgument()) + "' channel");
      default -> denied(call, "run the '" + command.fullName() + "' command");
    }
  }

  private static void denied(Call call, String what) {
    call.reply().bulk("This user has no permissions to " + what);
  }

  private void log(Call call) {
    if (call.argc() > 3) {
      throw wrongUse(call);
    }
    if (call.argc() == 3 && call.is(2, RESET)) {
      access.log().clear();
      call.reply().ok();
      return;
    }
    List<AccessLog.Entry> entries =
        access.log().newest(call.argc() == 3 ? call.longArgument(2) : LOG_ENTRIES);
    ReplyWriter reply = call.reply();
    reply.array(entries.size());
    for (AccessLog.Entry entry : entries) {
      reply.map(7);
      reply.bulk("count");
      reply.integer(entry.count);
      field(reply, "reason", entry.reason.word());
      field(reply, "context", entry.context);
      field(reply, "object", entry.object);
      field(reply, "username", entry.user);
      reply.bulk("age-seconds");
      reply.doubleValue((access.nowMillis() - entry.millis) / 1000.0);
      field(reply, "client-info", entry.client);
    }
  }

  private static void field(ReplyWriter reply, String name, String value) {
    reply.bulk(name);
    reply.bulk(value);
  }
}

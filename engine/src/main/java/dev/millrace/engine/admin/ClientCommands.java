package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.HelpText;
import dev.millrace.engine.command.MasterPeer;
import dev.millrace.engine.tracking.TrackingCommands;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * CLIENT.
 *
 * <p>Owned by: executor thread.
 */
public final class ClientCommands implements CommandGroup {
  private static final CommandError BAD_TIMEOUT =
      new CommandError("ERR timeout is not an integer or out of range");
  private static final CommandError NEGATIVE_TIMEOUT = new CommandError("ERR timeout is negative");
  private static final CommandError BAD_PAUSE =
      new CommandError("ERR CLIENT PAUSE mode must be WRITE or ALL");
  private static final CommandError BAD_ID = new CommandError("ERR Invalid client ID");
  private static final CommandError NO_SUCH_CLIENT = new CommandError("ERR No such client");
  private static final CommandError BAD_REASON =
      new CommandError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");

  private static final byte[] ON = "on".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OFF = "off".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SKIP = "skip".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TYPE = "type".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ID = "id".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WRITE = "write".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ALL = "all".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TIMEOUT = "timeout".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ERROR = "error".getBytes(StandardCharsets.US_ASCII);

  private final Clients clients;
  private final TrackingCommands tracking;
  private final Predicate<String> isUser;

  /**
   * The commands over these clients.
   *
   * @param isUser whether there is a user of that name
   */
  public ClientCommands(Clients clients, TrackingCommands tracking, Predicate<String> isUser) {
    this.isUser = isUser;
    this.clients = clients;
    this.tracking = tracking;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        ClientDeclarations.client()
            .subcommand(ClientDeclarations.clientList().handledBy(this::list))
            .subcommand(ClientDeclarations.clientTracking().handledBy(tracking::tracking))
            .subcommand(ClientDeclarations.clientUnblock().handledBy(this::unblock))
            .subcommand(ClientDeclarations.clientInfo().handledBy(ClientCommands::info))
            .subcommand(ClientDeclarations.clientTrackinginfo().handledBy(TrackingCommands::info))
            .subcommand(
                ClientDeclarations.clientId()
                    .handledBy(call -> call.reply().integer(call.client().id())))
            .subcommand(ClientDeclarations.clientCaching().handledBy(TrackingCommands::caching))
            .subcommand(ClientDeclarations.clientKill().handledBy(this::kill))
            .subcommand(ClientDeclarations.clientPause().handledBy(this::pause))
            .subcommand(ClientDeclarations.clientUnpause().handledBy(this::unpause))
            .subcommand(ClientDeclarations.clientGetredir().handledBy(TrackingCommands::redirect))
            .subcommand(ClientDeclarations.clientGetname().handledBy(ClientCommands::getName))
            .subcommand(ClientDeclarations.clientSetname().handledBy(ClientCommands::setName))
            .subcommand(ClientDeclarations.clientReply().handledBy(ClientCommands::replies))
            .subcommand(ClientDeclarations.clientNoEvict().handledBy(ClientCommands::noEvict))
            .subcommand(ClientDeclarations.clientHelp().handledBy(help())));
  }

  private static dev.millrace.engine.command.CommandHandler help() {
    return HelpText.of(
        "CLIENT",
        "CACHING (YES|NO)",
        "    Whether the next command's keys are tracked; needs tracking.",
        "GETNAME",
        "    The name of this connection.",
        "GETREDIR",
        "    Where this connection's invalidations go; -1 without tracking.",
        "ID",
        "    The number of this connection.",
        "INFO",
        "    Describes this connection.",
        "KILL <ip:port>",
        "    Closes the connection from an address.",
        "KILL <option> <value> [<option> <value> ...]",
        "    Closes connections that meet all of: ID <id>, ADDR <ip:port>,",
        "    LADDR <ip:port>, TYPE (NORMAL|MASTER|REPLICA|PUBSUB), USER <name>,",
        "    SKIPME (YES|NO), which is YES unless said otherwise.",
        "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <id> ...]",
        "    Describes connections, one a line.",
        "NO-EVICT (ON|OFF)",
        "    Whether this connection is spared when clients are evicted.",
        "PAUSE <milliseconds> [WRITE|ALL]",
        "    Holds back commands, or only those that write.",
        "REPLY (ON|OFF|SKIP)",
        "    Whether this connection gets replies; SKIP drops the next one.",
        "SETNAME <name>",
        "    Names this connection.",
        "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
        "         [OPTIN] [OPTOUT] [NOLOOP]",
        "    Whether this connection is told when keys that it has read change.",
        "TRACKINGINFO",
        "    How this connection tracks keys.",
        "UNBLOCK <id> [TIMEOUT|ERROR]",
        "    Ends the wait of a blocked client.",
        "UNPAUSE",
        "    Ends a pause.");
  }

  private void list(Call call) {
    List<Client> present = present();
    List<Client> shown = new ArrayList<>();
    if (call.argc() == 2) {
      shown.addAll(present);
    } else if (call.argc() == 4 && call.is(2, TYPE)) {
      ClientFilter.Kind kind = ClientFilter.Kind.parse(call.text(3));
      for (Client client : present) {
        if (ClientFilter.Kind.of(client) == kind) {
          shown.add(client);
        }
      }
    } else if (call.argc() > 3 && call.is(2, ID)) {
      for (int i = 3; i < call.argc(); i++) {
        long id = call.longArgument(i, BAD_ID);
        for (Client client : present) {
          if (client.id() == id) {
            shown.add(client);
          }
        }
      }
    } else {
      throw CommandError.SYNTAX;
    }
    MasterPeer master = clients.master();
    StringBuilder text = new StringBuilder();
    for (Client client : shown) {
      text.append(
              master != null && client == master.client()
                  ? ClientDescription.line(master, call.nowMillis())
                  : ClientDescription.line(client, call.nowMillis()))
          .append('\n');
    }
    call.reply().verbatim("txt", text.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  /** All there are for others to see, the master among them. */
  private List<Client> present() {
    List<Client> present = new ArrayList<>(clients.size() + 1);
    MasterPeer master = clients.master();
    if (master != null) {
      present.add(master.client());
    }
    for (Client client : clients.all()) {
      if (!client.isKilled()) {
        present.add(client);
      }
    }
    return present;
  }

  private static void info(Call call) {
    String line = ClientDescription.line(call.client(), call.nowMillis()) + "\n";
    call.reply().verbatim("txt", line.getBytes(StandardCharsets.ISO_8859_1));
  }

  private void kill(Call call) {
    if (call.argc() == 3) {
      if (close(ClientFilter.byAddress(call.text(2)), call.client()) == 0) {
        throw NO_SUCH_CLIENT;
      }
      call.reply().ok();
      return;
    }
    call.reply().integer(close(ClientFilter.parse(call, isUser), call.client()));
  }

  private int close(ClientFilter filter, Client caller) {
    int closed = 0;
    MasterPeer master = clients.master();
    if (master != null && filter.accepts(master)) {
      closed++;
      master.disconnect();
    }
    for (Client client : clients.all()) {
      if (client.isClosing() || !filter.accepts(client, caller)) {
        continue;
      }
      closed++;
      if (client == caller) {
        client.closeAfterReply();
      } else {
        client.kill();
      }
    }
    return closed;
  }

  private static CommandError wrongUse(Call call) {
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '"
            + call.text(1)
            + "'. Try CLIENT HELP.");
  }

  private void pause(Call call) {
    boolean writesOnly = false;
    if (call.argc() > 4) {
      throw wrongUse(call);
    }
    if (call.argc() == 4) {
      writesOnly = call.is(3, WRITE);
      if (!writesOnly && !call.is(3, ALL)) {
        throw BAD_PAUSE;
      }
    }
    long millis = call.longArgument(2, BAD_TIMEOUT);
    if (millis < 0) {
      throw NEGATIVE_TIMEOUT;
    }
    long until = call.nowMillis() + millis;
    clients.pause(until < 0 ? Long.MAX_VALUE : until, writesOnly, call.nowMillis());
    call.reply().ok();
  }

  private void unpause(Call call) {
    clients.unpause();
    call.reply().ok();
  }

  private void unblock(Call call) {
    boolean withError = false;
    if (call.argc() == 4) {
      withError = call.is(3, ERROR);
      if (!withError && !call.is(3, TIMEOUT)) {
        throw BAD_REASON;
      }
    } else if (call.argc() > 4) {
      throw wrongUse(call);
    }
    Client client = clients.byId(call.longArgument(2));
    Client.Blocker blocker = client == null ? null : client.blocker();
    if (client == null || blocker == null || !blocker.isInterruptible()) {
      call.reply().integer(0);
      return;
    }
    clients.endWait(client, withError ? "UNBLOCKED client unblocked via CLIENT UNBLOCK" : null);
    call.reply().integer(1);
  }

  private static void getName(Call call) {
    String name = call.client().name();
    if (name.isEmpty()) {
      call.reply().nullBulk();
    } else {
      call.reply().bulk(name);
    }
  }

  private static void setName(Call call) {
    ConnectionCommands.setName(call, 2);
    call.reply().ok();
  }

  private static void replies(Call call) {
    Client client = call.client();
    if (call.is(2, ON)) {
      client.replyMode(Client.ReplyMode.ON);
      call.reply().ok();
    } else if (call.is(2, OFF)) {
      client.replyMode(Client.ReplyMode.OFF);
    } else if (call.is(2, SKIP)) {
      if (client.replyMode() != Client.ReplyMode.OFF) {
        client.replyMode(Client.ReplyMode.SKIP_NEXT);
      }
    } else {
      throw CommandError.SYNTAX;
    }
  }

  private static void noEvict(Call call) {
    if (!call.is(2, ON) && !call.is(2, OFF)) {
      throw CommandError.SYNTAX;
    }
    call.client().noEvict(call.is(2, ON));
    call.reply().ok();
  }
}

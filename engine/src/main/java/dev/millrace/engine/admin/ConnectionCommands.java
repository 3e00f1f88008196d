package dev.millrace.engine.admin;

import dev.millrace.engine.acl.AccessControl;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.protocol.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * PING, ECHO, HELLO, AUTH, SELECT, QUIT and RESET.
 *
 * <p>Owned by: executor thread.
 */
public final class ConnectionCommands implements CommandGroup {
  private static final byte[] AUTH = "auth".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SETNAME = "setname".getBytes(StandardCharsets.US_ASCII);

  private static final CommandError BAD_NAME =
      new CommandError("ERR Client names cannot contain spaces, newlines or special characters.");
  private static final CommandError BAD_PROTOCOL =
      new CommandError("ERR Protocol version is not an integer or out of range");
  private static final CommandError NO_PROTOCOL =
      new CommandError("NOPROTO unsupported protocol version");
  private static final CommandError HELLO_FIRST =
      new CommandError(
          "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
              + " AUTH <user> <pass> option can be used to authenticate the client and"
              + " select the RESP protocol version at the same time");
  private static final CommandError BAD_DATABASE = new CommandError("ERR DB index is out of range");

  private final AccessControl access;
  private final String version;
  private final BooleanSupplier isReplica;
  private final Consumer<Client> onReset;

  /**
   * The commands.
   *
   * @param version the Redis release whose behaviour is kept, as HELLO tells it
   * @param isReplica whether this server follows a master
   * @param onReset ends what a client listens to and watches, for RESET
   */
  public ConnectionCommands(
      AccessControl access, String version, BooleanSupplier isReplica, Consumer<Client> onReset) {
    this.access = access;
    this.version = version;
    this.isReplica = isReplica;
    this.onReset = onReset;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(ConnectionDeclarations.ping().handledBy(ConnectionCommands::ping));
    table.add(ConnectionDeclarations.echo().handledBy(ConnectionCommands::echo));
    table.add(ConnectionDeclarations.hello().handledBy(this::hello));
    table.add(ConnectionDeclarations.auth().handledBy(this::auth));
    table.add(ConnectionDeclarations.select().handledBy(ConnectionCommands::select));
    table.add(ConnectionDeclarations.quit().handledBy(ConnectionCommands::quit));
    table.add(ConnectionDeclarations.reset().handledBy(this::reset));
  }

  private static void ping(Call call) {
    if (call.argc() > 2) {
      throw new CommandError("ERR wrong number of arguments for 'ping' command");
    }
    if (call.client().isSubscriber() && call.reply().protocol() == 2) {
      call.reply().array(2);
      call.reply().bulk("pong");
      if (call.argc() == 1) {
        call.reply().bulk("");
      } else {
        call.reply().bulk(call.address(1), call.length(1));
      }
    } else if (call.argc() == 1) {
      call.reply().simple("PONG");
    } else {
      call.reply().bulk(call.address(1), call.length(1));
    }
  }

  private static void echo(Call call) {
    call.reply().bulk(call.address(1), call.length(1));
  }

  private void auth(Call call) {
    switch (call.argc()) {
      case 2 -> access.authenticate(call.client(), call.request().bytes(1), call.text(0));
      case 3 ->
          access.authenticate(
              call.client(), call.request().bytes(1), call.request().bytes(2), call.text(0));
      default -> throw CommandError.SYNTAX;
    }
    call.reply().ok();
  }

  private void hello(Call call) {
    long protocol = call.reply().protocol();
    if (call.argc() > 1) {
      protocol = call.longArgument(1, BAD_PROTOCOL);
      if (protocol != 2 && protocol != 3) {
        throw NO_PROTOCOL;
      }
    }
    int userAt = 0;
    int nameAt = 0;
    for (int i = 2; i < call.argc(); i++) {
      int left = call.argc() - 1 - i;
      if (call.is(i, AUTH) && left >= 2) {
        userAt = i + 1;
        i += 2;
      } else if (call.is(i, SETNAME) && left >= 1) {
        nameAt = i + 1;
        i++;
      } else {
        throw new CommandError("ERR Syntax error in HELLO option '" + call.text(i) + "'");
      }
    }
    Client client = call.client();
    if (nameAt > 0 && !isName(call.text(nameAt))) {
      throw BAD_NAME;
    }
    if (userAt > 0) {
      access.authenticate(
          client, call.request().bytes(userAt), call.request().bytes(userAt + 1), call.text(0));
    }
    if (!client.isAuthenticated() && !access.isOpen()) {
      throw HELLO_FIRST;
    }
    if (nameAt > 0) {
      client.rename(call.text(nameAt));
    }
    call.reply().protocol((int) protocol);
    introduce(call.reply(), client);
  }

  private void introduce(ReplyWriter reply, Client client) {
    reply.map(7);
    reply.bulk("server");
    reply.bulk("redis");
    reply.bulk("version");
    reply.bulk(version);
    reply.bulk("proto");
    reply.integer(reply.protocol());
    reply.bulk("id");
    reply.integer(client.id());
    reply.bulk("mode");
    reply.bulk("standalone");
    reply.bulk("role");
    reply.bulk(isReplica.getAsBoolean() ? "replica" : "master");
    reply.bulk("modules");
    reply.array(0);
  }

  private static void select(Call call) {
    long index = call.longArgument(1);
    if (index < 0 || index >= call.keyspace().databases()) {
      throw BAD_DATABASE;
    }
    call.client().select((int) index);
    call.reply().ok();
  }

  private static void quit(Call call) {
    call.reply().ok();
    call.client().closeAfterReply();
  }

  private void reset(Call call) {
    Client client = call.client();
    if (client.replica() != null) {
      throw new CommandError("ERR can only reset normal client connections");
    }
    onReset.accept(client);
    call.watches().unwatch(client.watcher());
    client.transaction().close();
    client.select(0);
    client.rename("");
    client.replyMode(Client.ReplyMode.ON);
    client.noEvict(false);
    call.reply().protocol(2);
    access.admit(client);
    call.reply().simple("RESET");
  }

  /** True for a text of visible ASCII only; the empty one takes a name away. */
  static boolean isName(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '!' || text.charAt(i) > '~') {
        return false;
      }
    }
    return true;
  }

  /** Names a connection (CLIENT SETNAME). */
  static void setName(Call call, int argument) {
    if (!isName(call.text(argument))) {
      throw BAD_NAME;
    }
    call.client().rename(call.text(argument));
  }
}

package dev.millrace.engine.pubsub;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandFlag;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.KeyWait;
import dev.millrace.engine.command.Redaction;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.pipeline.CallObserver;
import dev.millrace.engine.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * MONITOR: clients that are shown every command once it has run, as a status line with its time,
 * database, sender and quoted arguments. Administrative commands are left out, passwords struck
 * out. Without such a client a command pays for one comparison.
 *
 * <p>Owned by: executor thread.
 */
public final class Monitors implements CallObserver, CommandGroup, AutoCloseable {
  private static final CommandError MAY_NOT_BLOCK =
      new CommandError("ERR MONITOR isn't allowed for DENY BLOCKING client");
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final String HEX = "0123456789abcdef";

  private final Outbox outbox;
  private final LongSupplier clockMicros;
  private final List<Client> watching = new ArrayList<>();
  private final Frame line = new Frame();

  /** Nobody watches yet. */
  public Monitors(Outbox outbox, LongSupplier clockMicros) {
    this.outbox = outbox;
    this.clockMicros = clockMicros;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(PubSubDeclarations.monitor().handledBy(this::monitor));
  }

  private void monitor(Call call) {
    Client client = call.client();
    if (client.mayNotBlock()) {
      throw MAY_NOT_BLOCK;
    }
    if (client.isMonitor() || client.replica() != null) {
      return;
    }
    client.monitor(true);
    watching.add(client);
    call.reply().ok();
  }

  /** Forgets a client that is gone or begins anew. */
  public void forget(Client client) {
    if (client.isMonitor()) {
      client.monitor(false);
      watching.remove(client);
    }
  }

  /** Clients that watch. */
  public int count() {
    return watching.size();
  }

  @Override
  public void ran(Client client, Request request, Command command, long nanos) {
    // One that waited for keys was shown when it began to.
    if (!watching.isEmpty() && !(client.blocker() instanceof KeyWait)) {
      showUnlessHidden(client, request, command);
    }
  }

  @Override
  public void waits(Client client, Request request, Command command) {
    if (!watching.isEmpty()) {
      showUnlessHidden(client, request, command);
    }
  }

  @Override
  public void begins(Client client, Request request, Command command) {
    if (!watching.isEmpty() && mayBeShown(client)) {
      show(client, request, command, false);
    }
  }

  @Override
  public void ranInScript(Client client, Request request, Command command) {
    if (!watching.isEmpty()
        && !command.has(CommandFlag.SKIP_MONITOR)
        && !command.has(CommandFlag.ADMIN)) {
      show(client, request, command, true);
    }
  }

  private void showUnlessHidden(Client client, Request request, Command command) {
    if (mayBeShown(client)
        && !command.has(CommandFlag.SKIP_MONITOR)
        && !command.has(CommandFlag.ADMIN)) {
      show(client, request, command, false);
    }
  }

  /** What is replayed from the log happened long ago. */
  private static boolean mayBeShown(Client client) {
    return client.connection() != null || client.master() != null;
  }

  @Override
  public void refused(Client client, Request request, Command command) {
    // An EXEC is shown even when it cannot run, for it has ended a transaction.
    if (!watching.isEmpty() && command.name().equals("exec")) {
      show(client, request, command, false);
    }
  }

  private void show(Client client, Request request, Command command, boolean byScript) {
    long micros = clockMicros.getAsLong();
    line.beginPart().raw('+').digits(micros / MICROS_PER_SECOND).raw('.');
    for (long unit = MICROS_PER_SECOND / 10; unit > 0; unit /= 10) {
      line.raw((int) ('0' + micros / unit % 10));
    }
    line.raw(" [").digits(client.database()).raw(' ');
    line.raw(byScript ? "lua" : address(client)).raw(']');
    boolean hasSecrets = Redaction.concerns(command);
    for (int i = 0; i < request.argc(); i++) {
      line.raw(' ');
      if (hasSecrets && Redaction.isSecret(request, command, i)) {
        line.raw('"').raw(Redaction.SHOWN).raw('"');
      } else {
        quote(request.address(i), request.length(i));
      }
    }
    line.lineEnd();
    for (int i = 0; i < watching.size(); i++) {
      outbox.send(watching.get(i), line.address(), line.bytes());
    }
  }

  private static String address(Client client) {
    Connection connection = client.connection();
    String master = client.master();
    return connection != null ? connection.remoteAddress() : master != null ? master : "lua";
  }

  private void quote(long address, int length) {
    line.raw('"');
    for (int i = 0; i < length; i++) {
      byte b = Memory.getByte(address + i);
      switch (b) {
        case '"', '\\' -> line.raw('\\').raw(b);
        case '\n' -> line.raw("\\n");
        case '\r' -> line.raw("\\r");
        case '\t' -> line.raw("\\t");
        case 7 -> line.raw("\\a");
        case '\b' -> line.raw("\\b");
        default -> {
          if (b >= ' ' && b <= '~') {
            line.raw(b);
          } else {
            line.raw("\\x").raw(HEX.charAt((b >> 4) & 15)).raw(HEX.charAt(b & 15));
          }
        }
      }
    }
    line.raw('"');
  }

  @Override
  public void close() {
    line.close();
  }
}

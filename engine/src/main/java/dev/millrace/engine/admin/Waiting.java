package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import java.util.function.Consumer;

/**
 * Makes a client wait for work that another thread does for it (a file to be written, a snapshot),
 * so that the executor does not (law L6). CLIENT UNBLOCK does not end such a wait.
 *
 * <p>Owned by: executor thread.
 */
public final class Waiting implements Client.Blocker {
  private final Clients clients;
  private final Client client;
  private boolean over;

  private Waiting(Clients clients, Client client) {
    this.clients = clients;
    this.client = client;
  }

  /** Makes the caller of a command wait until {@link #end}. */
  public static Waiting begin(Clients clients, Call call) {
    Waiting waiting = new Waiting(clients, call.client());
    clients.block(call.client(), waiting, 0);
    return waiting;
  }

  /** Ends the wait with a reply, unless the client is gone. On the executor thread. */
  public void end(Consumer<Client> reply) {
    if (!over) {
      over = true;
      long mark = client.reply().bytesPending();
      reply.accept(client);
      clients.unblock(client, mark);
    }
  }

  /** Whether nobody waits any more: it was ended, or the client is gone. */
  public boolean isOver() {
    return over;
  }

  @Override
  public boolean isInterruptible() {
    return false;
  }

  @Override
  public void timedOut(Client who) {
    throw new IllegalStateException("a wait without a deadline");
  }

  @Override
  public void abandoned(Client who) {
    over = true;
  }
}

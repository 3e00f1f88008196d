package dev.millrace.engine.server;

import dev.millrace.engine.admin.MigrateCommand;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.protocol.RequestBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Deletes keys outside any client's command as DEL by the server's own client: with everything that
 * follows from it.
 *
 * <p>Owned by: executor thread.
 */
final class KeyDeletion implements MigrateCommand.Deletion {
  private static final byte[] DEL = "DEL".getBytes(StandardCharsets.US_ASCII);

  private final Server server;

  KeyDeletion(Server server) {
    this.server = server;
  }

  @Override
  public void delete(int database, List<byte[]> keys) {
    List<byte[]> command = new ArrayList<>(List.of(DEL));
    command.addAll(keys);
    Request request = new Request();
    try (RequestBuffer buffer = new RequestBuffer()) {
      buffer.add(server.commands, command.toArray(byte[][]::new));
      buffer.select(0, request);
      server.dataset.internal.select(database);
      server.dispatcher.dispatch(
          server.dataset.internal, request, server.dataset.clock.getAsLong(), System.nanoTime());
      server.dataset.internal.reply().truncate(0);
    }
  }
}

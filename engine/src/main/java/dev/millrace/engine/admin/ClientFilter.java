package dev.millrace.engine.admin;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.MasterPeer;
import dev.millrace.engine.net.Connection;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The conditions of CLIENT KILL, all of which a client must meet. */
record ClientFilter(
    long id,
    @Nullable String address,
    @Nullable String localAddress,
    @Nullable Kind kind,
    @Nullable String user,
    boolean skipsCaller) {
  /** What a client is to the server. */
  enum Kind {
    NORMAL,
    MASTER,
    REPLICA,
    PUBSUB;

    static Kind parse(String word) {
      return switch (word.toLowerCase(Locale.ROOT)) {
        case "normal" -> NORMAL;
        case "master" -> MASTER;
        case "replica", "slave" -> REPLICA;
        case "pubsub" -> PUBSUB;
        default -> throw new CommandError("ERR Unknown client type '" + word + "'");
      };
    }

    static Kind of(Client client) {
      if (client.master() != null) {
        return MASTER;
      }
      if (client.replica() != null) {
        return REPLICA;
      }
      return client.isSubscriber() ? PUBSUB : NORMAL;
    }
  }

  private static final CommandError BAD_ID =
      new CommandError("ERR client-id should be greater than 0");

  /** Reads the filters from the third argument on. */
  static ClientFilter parse(Call call, Predicate<String> isUser) {
    long id = 0;
    String address = null;
    String localAddress = null;
    Kind kind = null;
    String user = null;
    boolean skipsCaller = true;
    for (int i = 2; i < call.argc(); i += 2) {
      if (i + 1 == call.argc()) {
        throw CommandError.SYNTAX;
      }
      String value = call.text(i + 1);
      switch (call.text(i).toLowerCase(Locale.ROOT)) {
        case "id" -> {
          id = call.longArgument(i + 1, BAD_ID);
          if (id < 1) {
            throw BAD_ID;
          }
        }
        case "type" -> kind = Kind.parse(value);
        case "addr" -> address = value;
        case "laddr" -> localAddress = value;
        case "user" -> {
          user = value;
          if (!isUser.test(value)) {
            throw new CommandError("ERR No such user '" + value + "'");
          }
        }
        case "skipme" -> {
          if (!value.equalsIgnoreCase("yes") && !value.equalsIgnoreCase("no")) {
            throw CommandError.SYNTAX;
          }
          skipsCaller = value.equalsIgnoreCase("yes");
        }
        default -> throw CommandError.SYNTAX;
      }
    }
    return new ClientFilter(id, address, localAddress, kind, user, skipsCaller);
  }

  /** The one condition of the old form: the address, the caller's own included. */
  static ClientFilter byAddress(String address) {
    return new ClientFilter(0, address, null, null, null, false);
  }

  /** True when a client meets every condition. */
  boolean accepts(Client client, Client caller) {
    Connection connection = client.connection();
    return connection != null
        && (user == null || user.equals(client.user().name()))
        && !(skipsCaller && client == caller)
        && matches(client, connection.remoteAddress(), connection.localAddress());
  }

  /** True when the link to the master meets every condition; it is no user's. */
  boolean accepts(MasterPeer master) {
    return user == null && matches(master.client(), master.remoteAddress(), master.localAddress());
  }

  private boolean matches(Client client, String remote, String local) {
    return (id == 0 || client.id() == id)
        && (address == null || address.equals(remote))
        && (localAddress == null || localAddress.equals(local))
        && (kind == null || Kind.of(client) == kind);
  }
}

package dev.millrace.engine.admin;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.config.ChoiceDirective;
import dev.millrace.engine.config.ServerSettings.Permission;
import dev.millrace.engine.net.Connection;

/** Who may use what {@code enable-debug-command} and its like guard. */
final class Permissions {
  private Permissions() {}

  /** True when the directive lets this client; {@code local} means from the same machine. */
  static boolean allows(ChoiceDirective<Permission> directive, Client client) {
    return switch (directive.value()) {
      case YES -> true;
      case NO -> false;
      case LOCAL -> isLocal(client);
    };
  }

  private static boolean isLocal(Client client) {
    Connection connection = client.connection();
    if (connection == null) {
      return true;
    }
    String address = connection.remoteAddress();
    return address.startsWith("127.") || address.startsWith("[::1]") || address.startsWith("/");
  }
}

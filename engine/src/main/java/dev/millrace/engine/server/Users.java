package dev.millrace.engine.server;

import dev.millrace.engine.acl.AccessControl;
import dev.millrace.engine.acl.AclException;
import dev.millrace.engine.acl.AclFile;
import dev.millrace.engine.config.Config;
import java.io.IOException;

/** Takes over the users that are written down, when the server starts. */
final class Users {
  private Users() {}

  /**
   * Reads them from the ACL file or the configuration file; all commands are declared.
   *
   * @throws IOException when they cannot be taken over: the server must not start with less care
   */
  static void load(Config config, AccessControl access) throws IOException {
    access.commandsDeclared();
    try {
      if (!config.server.aclfile.isSet()) {
        access.configure(config.userLines());
        return;
      }
      if (!config.userLines().isEmpty()) {
        throw new IOException(
            "users are declared in the configuration file, and an ACL file is named as well: use"
                + " one or the other");
      }
      String file = config.server.aclfile.text();
      access.load(AclFile.read(Settings.directory(config).resolve(file)), file, null);
    } catch (AclException refused) {
      throw new IOException("the users cannot be taken over: " + refused.text(), refused);
    }
  }
}

package dev.millrace.engine.admin;

import dev.millrace.engine.acl.AccessControl;
import dev.millrace.engine.acl.AclException;
import dev.millrace.engine.acl.AclFile;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.config.ServerSettings;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * ACL LOAD and SAVE: another thread reads or writes the file while the caller waits; inside a
 * transaction, where nobody can wait, they are refused.
 *
 * <p>Owned by: executor thread.
 */
public final class AclFileCommands {
  private static final CommandError NO_FILE =
      new CommandError(
          "ERR This Redis instance is not configured to use an ACL file. You may want to specify"
              + " users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you"
              + " have a Redis configuration file set) in order to store users in the Redis"
              + " configuration.");
  private static final CommandError NOT_HERE =
      new CommandError("ERR ACL LOAD and SAVE are not possible inside a transaction");

  private final AccessControl access;
  private final ServerSettings settings;
  private final Clients clients;
  private final OffExecutor files;
  private final Supplier<Path> directory;

  /**
   * The commands over the file of {@code aclfile}.
   *
   * @param directory what its name is relative to
   */
  public AclFileCommands(
      AccessControl access,
      ServerSettings settings,
      Supplier<Path> directory,
      Clients clients,
      OffExecutor files) {
    this.access = access;
    this.settings = settings;
    this.directory = directory;
    this.clients = clients;
    this.files = files;
  }

  private Path file(Call call) {
    if (!settings.aclfile.isSet()) {
      throw NO_FILE;
    }
    if (call.client().mayNotBlock()) {
      throw NOT_HERE;
    }
    return directory.get().resolve(settings.aclfile.text());
  }

  /** ACL LOAD. */
  public void load(Call call) {
    Path file = file(call);
    Waiting waiting = Waiting.begin(clients, call);
    files.run(
        () -> AclFile.read(file),
        (content, failure) ->
            waiting.end(client -> {
              try {
                if (content == null) {
                  client.reply().error("ERR " + (failure == null ? "" : failure.getMessage()));
                } else {
                  access.load(content, file.toString(), client);
                  client.reply().ok();
                }
              } catch (AclException refused) {
                client.reply().error("ERR " + refused.text());
              }
            }));
  }

  /** ACL SAVE. */
  public void save(Call call) {
    Path file = file(call);
    String content = String.join("\n", access.lines()) + "\n";
    Waiting waiting = Waiting.begin(clients, call);
    files.run(
        () -> {
          AclFile.write(file, content);
          return file;
        },
        (written, failure) ->
            waiting.end(client -> {
              if (failure == null) {
                client.reply().ok();
              } else {
                client
                    .reply()
                    .error(
                        "ERR There was an error trying to save the ACLs. Please check the server logs"
                            + " for more information");
              }
            }));
  }
}

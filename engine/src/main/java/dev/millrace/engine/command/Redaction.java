package dev.millrace.engine.command;

import dev.millrace.engine.protocol.Request;
import java.nio.charset.StandardCharsets;

/** Which arguments are secrets that no log and no MONITOR may show. Stateless; any thread. */
public final class Redaction {
  /** What is shown instead. */
  public static final String SHOWN = "(redacted)";

  private static final byte[] AUTH = "auth".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] AUTH2 = "auth2".getBytes(StandardCharsets.US_ASCII);

  private Redaction() {}

  /** Whether a command has secrets at all. */
  public static boolean concerns(Command command) {
    return switch (command.fullName()) {
      case "auth", "hello", "migrate", "acl|setuser" -> true;
      default -> false;
    };
  }

  /** Whether an argument is a password, or something as good as one. */
  public static boolean isSecret(Request request, Command command, int argument) {
    return switch (command.fullName()) {
      case "auth" -> argument > 0;
      case "hello" -> follows(request, argument, 3, 2, AUTH);
      case "migrate" ->
          follows(request, argument, 7, 1, AUTH) || follows(request, argument, 7, 2, AUTH2);
      case "acl|setuser" -> argument > 1;
      default -> false;
    };
  }

  /** Whether a word stands at most so far before an argument. */
  private static boolean follows(Request request, int argument, int from, int reach, byte[] word) {
    for (int before = 1; before <= reach; before++) {
      if (argument - before >= from - 1 && request.is(argument - before, word)) {
        return true;
      }
    }
    return false;
  }
}

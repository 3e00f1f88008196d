package dev.millrace.engine.command;

import java.util.List;

/**
 * One argument in a command's documentation (COMMAND DOCS).
 *
 * @param name the name shown to a reader
 * @param type string, integer, double, key, pattern, unix-time, pure-token, oneof or block
 * @param token the word that introduces it, or empty
 * @param keySpecIndex for a key: which of the command's key specs finds it, else -1
 * @param since version that brought it, or empty
 * @param flags any of optional, multiple, multiple_token
 * @param parts for oneof and block: what it consists of
 */
public record Argument(
    String name,
    String type,
    String token,
    int keySpecIndex,
    String since,
    List<String> flags,
    List<Argument> parts) {

  public static Argument of(String name, String type) {
    return new Argument(name, type, "", -1, "", List.of(), List.of());
  }

  public static Argument key(String name) {
    return new Argument(name, "key", "", 0, "", List.of(), List.of());
  }

  /** A key found by another than the first of the command's key specs. */
  public static Argument key(String name, int keySpecIndex) {
    return new Argument(name, "key", "", keySpecIndex, "", List.of(), List.of());
  }

  /** A bare word, such as NX. */
  public static Argument token(String name, String token) {
    return new Argument(name, "pure-token", token, -1, "", List.of(), List.of());
  }

  public static Argument oneOf(String name, Argument... parts) {
    return new Argument(name, "oneof", "", -1, "", List.of(), List.of(parts));
  }

  public static Argument block(String name, Argument... parts) {
    return new Argument(name, "block", "", -1, "", List.of(), List.of(parts));
  }

  public Argument after(String word) {
    return new Argument(name, type, word, keySpecIndex, since, flags, parts);
  }

  public Argument since(String version) {
    return new Argument(name, type, token, keySpecIndex, version, flags, parts);
  }

  public Argument optional() {
    return with("optional");
  }

  public Argument multiple() {
    return with("multiple");
  }

  /** Its token comes again before each of its repetitions. */
  public Argument multipleToken() {
    return with("multiple_token");
  }

  private Argument with(String flag) {
    List<String> more = new java.util.ArrayList<>(flags);
    more.add(flag);
    return new Argument(name, type, token, keySpecIndex, since, List.copyOf(more), parts);
  }
}

package dev.millrace.engine.acl;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.config.ServerSettings;
import dev.millrace.engine.config.ServerSettings.AclPubsubDefault;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.net.Connection;
import dev.millrace.engine.pipeline.AccessCheck;
import dev.millrace.engine.protocol.Request;
import dev.millrace.engine.pubsub.PubSub;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The users, who of them a client is, and what each may do. A user that may do everything costs a
 * command one comparison.
 *
 * <p>{@code requirepass} is the password of the user {@code default}, which every new client is.
 *
 * <p>Owned by: executor thread (the starting thread before it runs).
 */
public final class AccessControl implements AccessCheck, AutoCloseable {
  static final String DEFAULT = "default";

  private static final CommandError WRONG_PASSWORD =
      new CommandError("WRONGPASS invalid username-password pair or user is disabled.");
  private static final CommandError NO_PASSWORD =
      new CommandError(
          "ERR AUTH <password> called without any password configured for the default user. Are"
              + " you sure your configuration is correct?");
  private static final String CHANGED =
      "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC"
          + " call. This command is no longer allowed for the following reason: ";

  private final CommandTable commands;
  private final Clients clients;
  private final PubSub pubSub;
  private final PatternStore patterns;
  private final Rules rules;
  private final RuleText text;
  private final AccessLog log;
  private final LongSupplier clockMillis;
  private final Function<Client, String> describe;

  /** By name, in the order of their bytes. */
  private final TreeMap<String, AclUser> users = new TreeMap<>();

  private final AclUser defaultUser;
  private Runnable onOpenness = () -> {};

  /**
   * One user, {@code default}, who may do everything; its password is {@code requirepass}.
   *
   * @param memory where patterns lie
   * @param describe a client as CLIENT LIST shows it, for the log
   */
  public AccessControl(
      ServerSettings settings,
      CommandTable commands,
      SlabAllocator memory,
      Clients clients,
      PubSub pubSub,
      LongSupplier clockMillis,
      Function<Client, String> describe) {
    this.commands = commands;
    this.clients = clients;
    this.pubSub = pubSub;
    this.patterns = new PatternStore(memory);
    this.rules =
        new Rules(
            commands,
            patterns,
            () -> settings.aclPubsubDefault.value() == AclPubsubDefault.ALLCHANNELS);
    this.text = new RuleText(commands);
    this.log = new AccessLog(settings.acllogMaxLen::value);
    this.clockMillis = clockMillis;
    this.describe = describe;
    this.defaultUser = new AclUser(DEFAULT, false);
    users.put(DEFAULT, defaultUser);
    defaultUser.become(unlimited());
    if (settings.requirepass.isSet()) {
      defaultPassword(settings.requirepass.bytes());
    }
  }

  private AclUser unlimited() {
    AclUser user = new AclUser(DEFAULT, true);
    user.enabled = true;
    user.noPassword = true;
    user.root.allKeys = true;
    user.root.commands.setAll(true, commands.all());
    return user;
  }

  /** All commands are declared now: what was allowed before they were is worked out again. */
  public void commandsDeclared() {
    defaultUser.root.commands.setAll(true, commands.all());
  }

  /** Sets who is told when it may have changed whether new clients must authenticate. */
  public void onOpennessChange(Runnable listener) {
    this.onOpenness = listener;
  }

  // Who a client is

  @Override
  public boolean isOpen() {
    return defaultUser.noPassword && defaultUser.enabled;
  }

  /** Makes a client what a new one is: the user {@code default}. */
  public void admit(Client client) {
    client.user(defaultUser);
    client.authenticate(isOpen());
  }

  /** {@code requirepass} was set: it becomes the only password of {@code default}. */
  public void defaultPassword(byte[] password) {
    defaultUser.passwords.clear();
    defaultUser.noPassword = password.length == 0;
    if (password.length > 0) {
      defaultUser.passwords.add(Passwords.hash(password));
    }
    onOpenness.run();
  }

  /** AUTH with a password alone. */
  public void authenticate(Client client, byte[] password, String command) {
    if (defaultUser.noPassword) {
      throw NO_PASSWORD;
    }
    authenticate(client, DEFAULT.getBytes(StandardCharsets.US_ASCII), password, command);
  }

  /**
   * Makes a client another user.
   *
   * @param command the command as the client wrote it, for the log
   * @throws CommandError when the password is wrong
   */
  public void authenticate(Client client, byte[] name, byte[] password, String command) {
    String userName = new String(name, StandardCharsets.ISO_8859_1);
    AclUser user = users.get(userName);
    boolean right =
        user != null
            && user.enabled
            && (user.noPassword || Passwords.fits(user.passwords, password));
    if (user == null || !right) {
      note(client, Denial.AUTH, command, userName);
      throw WRONG_PASSWORD;
    }
    client.user(user);
    client.authenticate(true);
  }

  // What a client may do

  @Override
  public @Nullable String refusal(Client client, Request request, Command command) {
    if (!(client.user() instanceof AclUser user)) {
      return null;
    }
    Denial denial = user.check(command, request, 0);
    if (denial == Denial.NONE) {
      return null;
    }
    note(client, denial, object(denial, user, command, request), user.name());
    return "NOPERM "
        + switch (denial) {
          case KEY -> "this user has no permissions to access one of the keys used as arguments";
          case CHANNEL ->
              "this user has no permissions to access one of the channels used as arguments";
          default -> "this user has no permissions to run the '" + command.fullName() + "' command";
        };
  }

  @Override
  public @Nullable String refusalInExec(Client client, Request request, Command command) {
    if (!(client.user() instanceof AclUser user)) {
      return null;
    }
    Denial denial = user.check(command, request, 0);
    if (denial == Denial.NONE) {
      return null;
    }
    note(client, denial, object(denial, user, command, request), user.name());
    return CHANGED
        + switch (denial) {
          case KEY -> "no permission to touch the specified keys";
          case CHANNEL -> "no permission to access one of the channels used as arguments";
          default -> "no permission to execute the command or subcommand";
        };
  }

  @Override
  public @Nullable String refusalInScript(Client client, Request request, Command command) {
    if (!(client.user() instanceof AclUser user)) {
      return null;
    }
    Denial denial = user.check(command, request, 0);
    if (denial == Denial.NONE) {
      return null;
    }
    add(client, denial, "lua", object(denial, user, command, request), user.name());
    return "ERR The user executing the script can't "
        + switch (denial) {
          case KEY -> "access at least one of the keys mentioned in the command arguments";
          case CHANNEL -> "publish to the channel mentioned in the command";
          default -> "run this command or subcommand";
        };
  }

  @Override
  public boolean allows(Client client, Request request, Command command) {
    return !(client.user() instanceof AclUser user)
        || user.check(command, request, 0) == Denial.NONE;
  }

  private static String object(Denial denial, AclUser user, Command command, Request request) {
    return denial == Denial.COMMAND ? command.fullName() : request.text(user.deniedArgument());
  }

  private void note(Client client, Denial denial, String object, String userName) {
    boolean inMulti = client.transaction().isOpen();
    add(client, denial, inMulti ? "multi" : "toplevel", object, userName);
  }

  private void add(Client client, Denial denial, String context, String object, String userName) {
    log.add(
        new AccessLog.Entry(
            denial, context, object, userName, clockMillis.getAsLong(), describe.apply(client)));
  }

  AccessLog log() {
    return log;
  }

  long nowMillis() {
    return clockMillis.getAsLong();
  }

  // Users

  /** The user of that name, or null. */
  public @Nullable AclUser find(String name) {
    return users.get(name);
  }

  Collection<AclUser> all() {
    return Collections.unmodifiableCollection(users.values());
  }

  RuleText text() {
    return text;
  }

  CommandTable commands() {
    return commands;
  }

  /** Every user as a line of the ACL file or the configuration file. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    users.forEach((name, user) -> lines.add("user " + name + " " + text.of(user)));
    return lines;
  }

  /**
   * ACL SETUSER: applies all rules, or none.
   *
   * @throws CommandError with Redis's words for the first rule that cannot be applied
   */
  void set(String name, List<String> words) {
    if (hasBlanks(name)) {
      throw new CommandError("ERR Usernames can't contain spaces or null characters");
    }
    List<String> joined;
    try {
      joined = Rules.join(words);
    } catch (Rules.UnmatchedException unmatched) {
      throw new CommandError(
          "ERR Unmatched parenthesis in acl selector starting at '"
              + unmatched.getMessage()
              + "'.");
    }
    AclUser known = users.get(name);
    AclUser changed = known == null ? rules.newUser(name) : known.copy();
    try {
      for (String rule : joined) {
        try {
          rules.apply(changed, rule);
        } catch (RuleException refused) {
          throw new CommandError(
              "ERR Error in ACL SETUSER modifier '" + rule + "': " + refused.reason());
        }
      }
      if (known == null) {
        changed.become(changed.copy());
        users.put(name, changed);
      } else {
        replace(known, changed);
      }
    } finally {
      sweep();
    }
    onOpenness.run();
  }

  private void replace(AclUser known, AclUser changed) {
    for (Client client : List.copyOf(clients.all())) {
      if (client.user() == known
          && client.isSubscriber()
          && !pubSub.listensOnlyTo(client, changed::allowsChannel)) {
        end(client, null);
      }
    }
    known.become(changed);
  }

  /**
   * ACL DELUSER: forgets users, and closes the connections of their clients.
   *
   * @param caller is closed after its reply
   */
  int delete(List<String> names, Client caller) {
    if (names.contains(DEFAULT)) {
      throw new CommandError("ERR The 'default' user cannot be removed");
    }
    int deleted = 0;
    for (String name : names) {
      AclUser user = users.remove(name);
      if (user != null) {
        deleted++;
        endClientsOf(user, caller);
      }
    }
    sweep();
    return deleted;
  }

  private void endClientsOf(AclUser user, @Nullable Client caller) {
    for (Client client : List.copyOf(clients.all())) {
      if (client.user() == user) {
        client.user(defaultUser);
        client.authenticate(false);
        end(client, caller);
      }
    }
  }

  private static void end(Client client, @Nullable Client caller) {
    Connection connection = client.connection();
    client.closeAfterReply();
    if (client != caller && connection != null) {
      connection.close();
    }
  }

  private void sweep() {
    Set<String> used = new HashSet<>();
    for (AclUser user : users.values()) {
      for (Selector selector : user.all()) {
        selector.keys.forEach(each -> used.add(each.text()));
        selector.channels.forEach(each -> used.add(each.text()));
      }
    }
    patterns.retainOnly(used);
  }

  private static boolean hasBlanks(String name) {
    return name.chars().anyMatch(c -> c == ' ' || (c >= '\t' && c <= '\r') || c == 0);
  }

  // Users that were written down

  /**
   * Takes over the {@code user} lines of the configuration file.
   *
   * @param lines their words, the first being {@code user}
   */
  public void configure(List<List<String>> lines) throws AclException {
    Set<String> seen = new HashSet<>();
    for (List<String> words : lines) {
      String name = words.get(1);
      if (!seen.add(name)) {
        throw new AclException(
            "Error in user declaration '"
                + name
                + "': Duplicate user found. A user can only be defined once in config files");
      }
      AclUser user = rules.newUser(name);
      for (String rule : joined(words.subList(2, words.size()), words.get(0))) {
        try {
          rules.apply(user, rule);
        } catch (RuleException refused) {
          throw new AclException(
              "Error in user declaration '" + words.get(0) + "': " + refused.reason());
        }
      }
      put(user);
    }
    onOpenness.run();
  }

  private static List<String> joined(List<String> words, String where) throws AclException {
    try {
      return Rules.join(words);
    } catch (Rules.UnmatchedException unmatched) {
      throw new AclException("Error in user declaration '" + where + "': " + RuleException.SYNTAX);
    }
  }

  private void put(AclUser user) {
    AclUser known = users.get(user.name());
    if (known == null) {
      user.become(user.copy());
      users.put(user.name(), user);
    } else {
      known.become(user);
    }
  }

  /**
   * Takes over the content of the ACL file, all of it or nothing; a user it does not name is gone,
   * and {@code default} may do everything unless it says otherwise.
   *
   * @param file its name, for the error
   * @param caller who asked for it, who gets an answer yet; null when the server starts
   */
  public void load(String content, String file, @Nullable Client caller) throws AclException {
    TreeMap<String, AclUser> loaded = new TreeMap<>();
    StringBuilder errors = new StringBuilder();
    String[] lines = content.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i].trim();
      if (!line.isEmpty()) {
        loadLine(line, i + 1, file, loaded, errors);
      }
    }
    if (!errors.isEmpty()) {
      sweep();
      throw new AclException(
          errors
              + "WARNING: ACL errors detected, no change to the previously active ACL rules was"
              + " performed\n");
    }
    loaded.putIfAbsent(DEFAULT, unlimited());
    takeOver(loaded, caller);
  }

  private void loadLine(
      String line, int number, String file, Map<String, AclUser> into, StringBuilder errors) {
    List<String> words = List.of(line.split(" +"));
    String where = file + ":" + number;
    if (!words.get(0).equals("user") || words.size() < 2) {
      errors.append(where).append(" should start with user keyword followed by the username. ");
      return;
    }
    String name = words.get(1);
    if (into.containsKey(name)) {
      errors.append("WARNING: Duplicate user '" + name + "' found on line " + number + ". ");
      return;
    }
    AclUser user = rules.newUser(name);
    try {
      for (String rule : Rules.join(words.subList(2, words.size()))) {
        applyLoaded(user, rule, where, errors);
      }
    } catch (Rules.UnmatchedException unmatched) {
      errors.append(where).append(": Unmatched parenthesis in selector definition.");
    }
    into.put(name, user);
  }

  private void applyLoaded(AclUser user, String rule, String where, StringBuilder errors) {
    try {
      rules.apply(user, rule);
    } catch (RuleException refused) {
      errors.append(where).append(": ");
      if (refused.reason().equals(RuleException.UNKNOWN)) {
        errors.append("Error in applying operation '").append(rule).append("': ");
      }
      errors.append(refused.reason()).append(". ");
    }
  }

  private void takeOver(Map<String, AclUser> loaded, @Nullable Client caller) {
    for (AclUser known : List.copyOf(users.values())) {
      if (known == defaultUser) {
        replace(known, Objects.requireNonNull(loaded.get(DEFAULT)));
      } else {
        // As Redis does: also when the file says the same of him.
        users.remove(known.name());
        endClientsOf(known, caller);
      }
    }
    loaded.forEach((name, user) -> {
      if (!users.containsKey(name)) {
        put(user);
      }
    });
    sweep();
    onOpenness.run();
  }

  @Override
  public void close() {
    patterns.close();
  }
}

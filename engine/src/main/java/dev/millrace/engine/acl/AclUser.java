package dev.millrace.engine.acl;

import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.User;
import dev.millrace.engine.protocol.Request;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A user. Clients hold on to the object, so a change of its rules acts on all of them at once.
 *
 * <p>Owned by: executor thread.
 */
public final class AclUser implements User {
  /** What is said about payloads of RESTORE; kept and shown, for every payload is checked here. */
  enum Sanitizing {
    UNSAID,
    SANITIZE,
    SKIP
  }

  private final String name;
  boolean enabled;
  boolean noPassword;
  Sanitizing sanitizing = Sanitizing.UNSAID;

  /** SHA-256 of each password, in lower-case hexadecimal digits. */
  final Set<String> passwords = new LinkedHashSet<>();

  Selector root;
  final List<Selector> selectors = new ArrayList<>();

  private boolean mayDoAll;
  private int deniedArgument;

  AclUser(String name, boolean allChannels) {
    this.name = name;
    this.root = new Selector(allChannels);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean mayDoAll() {
    return mayDoAll;
  }

  @Override
  public boolean mayReadAllKeys(Command command, Request request) {
    if (mayDoAll || root.allowsReadingAllKeys(command, request, 0)) {
      return true;
    }
    for (Selector selector : selectors) {
      if (selector.allowsReadingAllKeys(command, request, 0)) {
        return true;
      }
    }
    return false;
  }

  /** Takes over everything but the name. */
  void become(AclUser other) {
    enabled = other.enabled;
    noPassword = other.noPassword;
    sanitizing = other.sanitizing;
    passwords.clear();
    passwords.addAll(other.passwords);
    root = new Selector(other.root);
    selectors.clear();
    other.selectors.forEach(each -> selectors.add(new Selector(each)));
    mayDoAll = root.allowsEverything();
  }

  AclUser copy() {
    AclUser copy = new AclUser(name, false);
    copy.become(this);
    return copy;
  }

  /** The argument of the call last denied by {@link #check}. */
  int deniedArgument() {
    return deniedArgument;
  }

  /**
   * Judges a call: the most telling reason of all selectors, when none allows it.
   *
   * @param at which argument is the command's name
   */
  Denial check(Command command, Request request, int at) {
    Denial denial = root.check(command, request, at);
    deniedArgument = denial == Denial.COMMAND ? 0 : root.deniedArgument();
    for (int i = 0; i < selectors.size() && denial != Denial.NONE; i++) {
      Selector selector = selectors.get(i);
      Denial other = selector.check(command, request, at);
      boolean moreTelling =
          other.compareTo(denial) > 0
              || (other == denial && selector.deniedArgument() > deniedArgument);
      if (other == Denial.NONE || moreTelling) {
        denial = other;
        deniedArgument = selector.deniedArgument();
      }
    }
    return denial;
  }

  /** Whether a channel, or a pattern of channels, is allowed by any selector. */
  boolean allowsChannel(long address, int length, boolean isPattern) {
    if (root.allowsChannel(address, length, isPattern)) {
      return true;
    }
    for (Selector selector : selectors) {
      if (selector.allowsChannel(address, length, isPattern)) {
        return true;
      }
    }
    return false;
  }

  /** All selectors, the user's own first. */
  List<Selector> all() {
    List<Selector> all = new ArrayList<>(List.of(root));
    all.addAll(selectors);
    return all;
  }
}

package dev.millrace.engine.command;

import dev.millrace.engine.protocol.KnownCommand;
import dev.millrace.engine.protocol.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One command as one declared unit: name, arity, flags, key positions, documentation, handler.
 * Dispatch, {@code COMMAND}, {@code COMMAND DOCS}, key extraction and ACL categories all read it,
 * so that adding a command touches one place.
 *
 * <p>A container such as CONFIG has subcommands and as a rule no handler of its own.
 *
 * <p>Immutable once its table has numbered it, but for {@link #statistics()}, which the executor
 * thread owns.
 */
public final class Command implements KnownCommand {
  private final String name;
  private final byte[] nameBytes;
  private final int arity;
  private final Set<CommandFlag> flags;
  private final Set<String> categories;
  private final List<KeySpec> keySpecs;
  private final List<String> tips;
  private final String group;
  private final String since;
  private final String summary;
  private final String complexity;
  private final List<Argument> arguments;
  private final Map<String, Command> subcommands;
  private final @Nullable CommandHandler handler;
  private final @Nullable Command parent;
  private final @Nullable Judgement judgement;
  private final CommandStatistics statistics = new CommandStatistics();

  // The flags every dispatch asks for, spread out so that each costs one field read.
  private final boolean write;
  private final boolean denyOom;
  private final boolean showsItself;
  private final int firstKey;
  private final int lastKey;
  private final int step;
  private final int member;

  private int number = -1;

  /**
   * Tells what a request is to the server's state where its command does not say: a script's own
   * flags may.
   */
  @FunctionalInterface
  public interface Judgement {
    /** A command that is refused like the request, or null for the request's own. */
    @Nullable Command of(Request request);
  }

  private Command(Builder builder, @Nullable Command parent) {
    this.name = builder.name;
    this.nameBytes = builder.name.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    this.arity = builder.arity;
    this.flags = Set.copyOf(builder.flags);
    this.keySpecs = List.copyOf(builder.keySpecs);
    this.tips = List.copyOf(builder.tips);
    this.group = builder.group;
    this.since = builder.since;
    this.summary = builder.summary;
    this.complexity = builder.complexity;
    this.arguments = List.copyOf(builder.arguments);
    this.handler = builder.handler;
    this.parent = parent;
    this.judgement = builder.judgement;
    this.categories = categoriesOf(builder);
    this.write = flags.contains(CommandFlag.WRITE);
    this.denyOom = flags.contains(CommandFlag.DENYOOM);
    this.showsItself = flags.contains(CommandFlag.SKIP_MONITOR);
    KeySpec first = keySpecs.isEmpty() ? null : keySpecs.get(0);
    boolean simple = first != null && first.beginIndex() > 0 && first.find() == KeySpec.Find.RANGE;
    this.firstKey = simple && first != null ? first.beginIndex() : 0;
    this.lastKey =
        !simple || first == null
            ? 0
            : first.lastKey() >= 0 ? first.beginIndex() + first.lastKey() : first.lastKey();
    this.step = simple && first != null ? first.step() : 0;
    this.member = builder.member;
    Map<String, Command> children = new LinkedHashMap<>();
    for (Builder child : builder.subcommands) {
      if (child.group.isEmpty()) {
        child.group = builder.group;
      }
      children.put(child.name, new Command(child, this));
    }
    this.subcommands = java.util.Collections.unmodifiableMap(children);
  }

  private static Set<String> categoriesOf(Builder builder) {
    Set<String> all = new java.util.LinkedHashSet<>();
    Set<CommandFlag> flags = builder.flags;
    if (flags.contains(CommandFlag.WRITE)) {
      all.add("write");
    }
    if (flags.contains(CommandFlag.READONLY) && !builder.categories.contains("scripting")) {
      all.add("read");
    }
    all.addAll(builder.categories);
    if (flags.contains(CommandFlag.ADMIN)) {
      all.add("admin");
      all.add("dangerous");
    }
    if (flags.contains(CommandFlag.PUBSUB)) {
      all.add("pubsub");
    }
    all.add(flags.contains(CommandFlag.FAST) ? "fast" : "slow");
    if (flags.contains(CommandFlag.BLOCKING)) {
      all.add("blocking");
    }
    return java.util.Collections.unmodifiableSet(all);
  }

  /** Begins the declaration of a command; the name is in lower case, without its container's. */
  public static Builder named(String name) {
    return new Builder(name);
  }

  /** Its name in lower case; for a subcommand only its own word. */
  public String name() {
    return name;
  }

  /** The name with its container's before a bar, as in {@code config|get}. */
  public String fullName() {
    return parent == null ? name : parent.name + "|" + name;
  }

  byte[] nameBytes() {
    return nameBytes;
  }

  /** Its number in its table, from 0, each subcommand having one too. */
  public int number() {
    return number;
  }

  /** Numbers it and its subcommands; returns the next free number. */
  int number(int first) {
    number = first;
    int next = first + 1;
    for (Command child : subcommands.values()) {
      next = child.number(next);
    }
    return next;
  }

  /** Number of arguments, name (and container's name) included; negative: at least that many. */
  public int arity() {
    return arity;
  }

  /** True when a call with {@code argc} arguments has the right number of them. */
  public boolean accepts(int argc) {
    return arity >= 0 ? argc == arity : argc >= -arity;
  }

  public Set<CommandFlag> flags() {
    return flags;
  }

  public boolean has(CommandFlag flag) {
    return flags.contains(flag);
  }

  /** True for a command that may change the keyspace. */
  public boolean isWrite() {
    return write;
  }

  /** True for a command refused when memory is over {@code maxmemory}. */
  public boolean deniedWhenOutOfMemory() {
    return denyOom;
  }

  /**
   * True when whatever the state of the server is, it refuses both commands or neither: they do not
   * differ in anything that it is refused by.
   */
  public boolean isRefusedLike(Command other) {
    return write == other.write
        && denyOom == other.denyOom
        && has(CommandFlag.LOADING) == other.has(CommandFlag.LOADING)
        && has(CommandFlag.NO_ASYNC_LOADING) == other.has(CommandFlag.NO_ASYNC_LOADING)
        && has(CommandFlag.STALE) == other.has(CommandFlag.STALE);
  }

  /**
   * What the server's state is asked about when {@code request}, one of this command, wants to run:
   * whether it writes, needs memory, reads what may be out of date.
   */
  public Command judged(Request request) {
    if (judgement == null || !accepts(request.argc())) {
      return this;
    }
    Command other = judgement.of(request);
    return other == null ? this : other;
  }

  /** True for a command that MONITOR shows before what it runs, not after (scripts). */
  public boolean showsItself() {
    return showsItself;
  }

  /** ACL categories, without the at sign. */
  public Set<String> categories() {
    return categories;
  }

  public List<KeySpec> keySpecs() {
    return keySpecs;
  }

  public List<String> tips() {
    return tips;
  }

  public String group() {
    return group;
  }

  public String since() {
    return since;
  }

  public String summary() {
    return summary;
  }

  public String complexity() {
    return complexity;
  }

  public List<Argument> arguments() {
    return arguments;
  }

  /** Subcommands by their word, in order of declaration; empty when this is no container. */
  public Map<String, Command> subcommands() {
    return subcommands;
  }

  public boolean isContainer() {
    return !subcommands.isEmpty();
  }

  /** The work; for a container what it does without a subcommand (COMMAND), or null. */
  public @Nullable CommandHandler handler() {
    return handler;
  }

  @Override
  public int firstKey() {
    return firstKey;
  }

  @Override
  public int member() {
    return member;
  }

  /** Index of the last key of the first spec; negative: from the end of the arguments; 0: none. */
  public int lastKey() {
    return lastKey;
  }

  /** Distance between keys of the first spec. */
  public int step() {
    return step;
  }

  /** Counters of its calls. Owned by: executor thread. */
  public CommandStatistics statistics() {
    return statistics;
  }

  @Override
  public String toString() {
    return fullName();
  }

  /** Declares one command, part by part. */
  public static final class Builder {
    private final String name;
    private int arity;
    private final EnumSet<CommandFlag> flags = EnumSet.noneOf(CommandFlag.class);
    private final Set<String> categories = new java.util.LinkedHashSet<>();
    private final List<KeySpec> keySpecs = new ArrayList<>();
    private final List<String> tips = new ArrayList<>();
    private String group = "";
    private String since = "1.0.0";
    private String summary = "";
    private String complexity = "";
    private final List<Argument> arguments = new ArrayList<>();
    private final List<Builder> subcommands = new ArrayList<>();
    private int member;
    private @Nullable CommandHandler handler;
    private @Nullable Judgement judgement;

    private Builder(String name) {
      if (!name.equals(name.toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException("a command's name is in lower case: " + name);
      }
      this.name = name;
    }

    public Builder arity(int count) {
      this.arity = count;
      return this;
    }

    public Builder flags(CommandFlag... more) {
      flags.addAll(Arrays.asList(more));
      return this;
    }

    /** ACL categories that the flags do not imply already (string, keyspace, connection…). */
    public Builder categories(String... more) {
      categories.addAll(Arrays.asList(more));
      return this;
    }

    /** Keys from {@code first} to {@code last} (negative: from the end), every {@code step}. */
    public Builder keys(int first, int last, int step, String... keyFlags) {
      keySpecs.add(KeySpec.range(first, last, step, keyFlags));
      return this;
    }

    public Builder keys(KeySpec spec) {
      keySpecs.add(spec);
      return this;
    }

    /** Where the (first) field or member stands that is looked up under the key. */
    public Builder member(int position) {
      this.member = position;
      return this;
    }

    public Builder tips(String... more) {
      tips.addAll(Arrays.asList(more));
      return this;
    }

    public Builder group(String value) {
      this.group = value;
      return this;
    }

    public Builder since(String version) {
      this.since = version;
      return this;
    }

    public Builder summary(String text) {
      this.summary = text;
      return this;
    }

    public Builder complexity(String text) {
      this.complexity = text;
      return this;
    }

    public Builder arguments(Argument... list) {
      arguments.addAll(Arrays.asList(list));
      return this;
    }

    public Builder subcommand(Builder child) {
      subcommands.add(child);
      return this;
    }

    public Builder handledBy(CommandHandler work) {
      this.handler = work;
      return this;
    }

    /** Sets who tells what its requests are to the server's state, see {@link Command#judged}. */
    public Builder judgedBy(Judgement judge) {
      this.judgement = judge;
      return this;
    }

    /** The command as declared; subcommands included. */
    public Command build() {
      if (subcommands.isEmpty() && handler == null) {
        throw new IllegalStateException(name + " needs a handler or subcommands");
      }
      if (arity == 0) {
        throw new IllegalStateException(name + " has no arity");
      }
      return new Command(this, null);
    }
  }
}

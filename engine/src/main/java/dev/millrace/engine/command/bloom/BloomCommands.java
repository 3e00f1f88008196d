package dev.millrace.engine.command.bloom;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.FAST;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Scratch;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.BloomType;
import java.nio.charset.StandardCharsets;

/**
 * The BF commands: to add, and to ask.
 *
 * <p>Owned by: executor thread.
 */
public final class BloomCommands implements CommandGroup {
  static final String GROUP = "bf";

  private static final byte[] ERROR = word("error");
  private static final byte[] CAPACITY = word("capacity");
  private static final byte[] EXPANSION = word("expansion");
  private static final byte[] NONSCALING = word("nonscaling");
  private static final byte[] NOCREATE = word("nocreate");
  private static final byte[] ITEMS = word("items");

  private static final CommandError EXISTS = new CommandError("ERR item exists");
  private static final CommandError NOT_CREATED = new CommandError("ERR could not create filter");
  private static final CommandError BAD_ERROR = new CommandError("ERR bad error rate");
  private static final CommandError ERROR_RANGE =
      new CommandError("ERR (0 < error rate range < 1)");
  private static final CommandError BAD_CAPACITY = new CommandError("ERR bad capacity");
  private static final CommandError CAPACITY_RANGE =
      new CommandError("ERR (capacity should be larger than 0)");
  private static final CommandError NO_EXPANSION = new CommandError("ERR no expansion");
  private static final CommandError BAD_EXPANSION = new CommandError("ERR bad expansion");
  private static final CommandError CANNOT_EXPAND =
      new CommandError("ERR Nonscaling filters cannot expand");
  private static final CommandError UNKNOWN = new CommandError("ERR Unknown argument received");
  private static final CommandError BAD_ARGUMENT = new CommandError("ERR Bad argument received");
  private static final CommandError INSERT_BAD_ERROR = new CommandError("ERR Bad error rate");
  private static final CommandError INSERT_BAD_CAPACITY = new CommandError("ERR Bad capacity");
  private static final CommandError INSERT_BAD_EXPANSION = new CommandError("ERR Bad expansion");
  private static final CommandError INSERT_ARITY =
      new CommandError("ERR wrong number of arguments for 'bf.insert' command");
  private static final String FULL = "ERR non scaling filter is full";
  private static final String TOO_LARGE = "ERR could not create filter";

  private final BloomType blooms;
  private final Scratch scratch;

  // What the arguments of the command that runs ask a new filter to be.
  private double error;
  private long capacity;
  private long expansion;
  private boolean scales;
  private boolean creates;

  /**
   * The commands.
   *
   * @param scratch holds the header that BF.SCANDUMP gives; the caller closes it
   */
  public BloomCommands(BloomType blooms, Scratch scratch) {
    this.blooms = blooms;
    this.scratch = scratch;
  }

  private static byte[] word(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    Argument item = Argument.of("item", "string");
    Argument rate = Argument.of("error", "double");
    Argument size = Argument.of("capacity", "integer");
    Argument growth = Argument.of("expansion", "integer").after("EXPANSION").optional();
    Argument fixed = Argument.token("nonscaling", "NONSCALING").optional();
    table.add(
        write("bf.reserve", -4, "Creates an empty Bloom filter.", "O(1)")
            .arguments(Argument.key("key"), rate, size, growth, fixed)
            .handledBy(this::reserve));
    table.add(
        write("bf.add", 3, "Adds an item to a Bloom filter.", "O(K) in the number of hashes.")
            .arguments(Argument.key("key"), item)
            .handledBy(call -> add(call, 2, false)));
    table.add(
        write("bf.madd", -3, "Adds items to a Bloom filter.", "O(K*N) in hashes and items.")
            .arguments(Argument.key("key"), item.multiple())
            .handledBy(call -> add(call, 2, true)));
    table.add(
        write(
                "bf.insert",
                -4,
                "Adds items to a Bloom filter, creating it as told.",
                "O(K*N) in hashes and items.")
            .arguments(
                Argument.key("key"),
                size.after("CAPACITY").optional(),
                rate.after("ERROR").optional(),
                growth,
                Argument.token("nocreate", "NOCREATE").optional(),
                fixed,
                item.after("ITEMS").multiple())
            .handledBy(this::insert));
    table.add(
        read("bf.exists", 3, "Tells whether an item was probably added.", "O(K) in the hashes.")
            .arguments(Argument.key("key"), item)
            .handledBy(call -> exists(call, false)));
    table.add(
        read("bf.mexists", -3, "Tells of items whether they were probably added.", "O(K*N)")
            .arguments(Argument.key("key"), item.multiple())
            .handledBy(call -> exists(call, true)));
    table.add(
        read("bf.card", 2, "Counts the items that were added.", "O(1)")
            .arguments(Argument.key("key"))
            .handledBy(this::card));
    new BloomInspection(blooms, scratch).declare(table);
  }

  static Command.Builder write(String name, int arity, String summary, String complexity) {
    return named(name, arity, summary, complexity)
        .flags(WRITE, DENYOOM)
        .keys(1, 1, 1, "RW", "access", "update", "insert");
  }

  static Command.Builder read(String name, int arity, String summary, String complexity) {
    return named(name, arity, summary, complexity)
        .flags(READONLY, FAST)
        .keys(1, 1, 1, "RO", "access");
  }

  private static Command.Builder named(String name, int arity, String summary, String complexity) {
    return Command.named(name)
        .group(GROUP)
        .since("1.0.0")
        .arity(arity)
        .summary(summary)
        .complexity(complexity);
  }

  private void byDefault() {
    error = BloomType.DEFAULT_ERROR;
    capacity = BloomType.DEFAULT_CAPACITY;
    expansion = BloomType.DEFAULT_GROWTH;
    scales = true;
    creates = true;
  }

  private void reserve(Call call) {
    if (call.argc() > 7) {
      throw new CommandError("ERR wrong number of arguments for 'bf.reserve' command");
    }
    byDefault();
    error = real(call, 2, BAD_ERROR);
    if (!(error > 0 && error < 1)) {
      throw ERROR_RANGE;
    }
    capacity = call.longArgument(3, BAD_CAPACITY);
    if (capacity <= 0) {
      throw CAPACITY_RANGE;
    }
    int expansionAt = 0;
    for (int i = 4; i < call.argc(); i++) {
      if (call.is(i, NONSCALING)) {
        scales = false;
      } else if (expansionAt == 0 && call.is(i, EXPANSION)) {
        expansionAt = ++i;
      }
    }
    if (expansionAt != 0) {
      if (expansionAt == call.argc()) {
        throw NO_EXPANSION;
      }
      if (!scales) {
        throw CANNOT_EXPAND;
      }
      expansion = call.longArgument(expansionAt, BAD_EXPANSION);
      if (expansion < 1 || expansion > Integer.MAX_VALUE) {
        throw BAD_EXPANSION;
      }
    }
    long entry = call.database().findForWrite(call.address(1), call.length(1), call.keyHash(1));
    require(entry);
    if (entry != 0) {
      throw EXISTS;
    }
    create(call);
    call.changed();
    call.keyChanged(1);
    call.reply().ok();
  }

  private long create(Call call) {
    if (!blooms.canCreate(capacity, error, scales)) {
      throw NOT_CREATED;
    }
    return blooms.create(
        call.database(),
        call.address(1),
        call.length(1),
        call.keyHash(1),
        capacity,
        error,
        (int) expansion,
        scales);
  }

  private void insert(Call call) {
    byDefault();
    int items = 0;
    for (int i = 2; i < call.argc() && items == 0; i++) {
      boolean hasValue = i + 1 < call.argc();
      if (call.is(i, ITEMS)) {
        items = i + 1;
      } else if (call.is(i, NOCREATE)) {
        creates = false;
      } else if (call.is(i, NONSCALING)) {
        scales = false;
      } else if (call.is(i, ERROR) || call.is(i, CAPACITY) || call.is(i, EXPANSION)) {
        if (!hasValue) {
          throw INSERT_ARITY;
        }
        option(call, i++);
      } else {
        throw UNKNOWN;
      }
    }
    if (items == 0 || items == call.argc()) {
      throw INSERT_ARITY;
    }
    boolean isInRange = error > 0 && error < 1 && capacity > 0 && expansion > 0;
    if (!isInRange || expansion > Integer.MAX_VALUE) {
      throw BAD_ARGUMENT;
    }
    addAll(call, items, true);
  }

  private void option(Call call, int at) {
    if (call.is(at, ERROR)) {
      error = real(call, at + 1, INSERT_BAD_ERROR);
    } else if (call.is(at, CAPACITY)) {
      capacity = call.longArgument(at + 1, INSERT_BAD_CAPACITY);
    } else {
      expansion = call.longArgument(at + 1, INSERT_BAD_EXPANSION);
    }
  }

  private void add(Call call, int firstItem, boolean many) {
    byDefault();
    addAll(call, firstItem, many);
  }

  private void addAll(Call call, int firstItem, boolean many) {
    Database database = call.database();
    long hash = call.keyHash(1);
    long entry = database.findForWrite(call.address(1), call.length(1), hash);
    require(entry);
    long changes = 0;
    if (entry == 0) {
      if (!creates) {
        throw BloomInspection.NOT_FOUND;
      }
      entry = create(call);
      changes++;
    }
    ReplyWriter reply = call.reply();
    if (many) {
      reply.begin();
    }
    int answers = 0;
    boolean goesOn = true;
    for (int i = firstItem; i < call.argc() && goesOn; i++) {
      switch (blooms.add(database, entry, hash, call.address(i), call.length(i))) {
        case YES -> {
          changes++;
          reply.bool(true);
        }
        case NO -> reply.bool(false);
        case FULL -> {
          reply.error(FULL);
          goesOn = false;
        }
        case TOO_LARGE -> {
          reply.error(TOO_LARGE);
          goesOn = false;
        }
      }
      answers++;
    }
    if (many) {
      reply.endArray(answers);
    }
    if (changes > 0) {
      call.changed(changes);
      call.keyChanged(1);
    }
  }

  private void exists(Call call, boolean many) {
    long entry = call.database().find(call.address(1), call.length(1), call.keyHash(1));
    // A key of another type holds no filter, and so no item; that is no error in RedisBloom.
    boolean isFilter = entry != 0 && Entry.type(entry) == Entry.BLOOM;
    if (many) {
      call.reply().array(call.argc() - 2L);
    }
    for (int i = 2; i < call.argc(); i++) {
      call.reply().bool(isFilter && blooms.contains(entry, call.address(i), call.length(i)));
    }
  }

  private void card(Call call) {
    long entry = call.database().find(call.address(1), call.length(1), call.keyHash(1));
    require(entry);
    call.reply().integer(entry == 0 ? 0 : blooms.items(entry));
  }

  /** Refuses an entry that is no Bloom filter; no entry (0) passes. */
  static void require(long entry) {
    if (entry != 0 && Entry.type(entry) != Entry.BLOOM) {
      throw CommandError.WRONG_TYPE;
    }
  }

  private static double real(Call call, int argument, CommandError otherwise) {
    String text = call.text(argument);
    // What Java takes beyond decimal numbers (a suffix, blanks around) is refused.
    if (!text.matches("[-+]?[0-9]*\\.?[0-9]*([eE][-+]?[0-9]+)?")) {
      throw otherwise;
    }
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException none) {
      throw otherwise;
    }
  }
}

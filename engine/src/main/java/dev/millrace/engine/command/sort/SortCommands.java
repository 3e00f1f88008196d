package dev.millrace.engine.command.sort;

import static dev.millrace.engine.command.CommandFlag.DENYOOM;
import static dev.millrace.engine.command.CommandFlag.MOVABLEKEYS;
import static dev.millrace.engine.command.CommandFlag.READONLY;
import static dev.millrace.engine.command.CommandFlag.WRITE;

import dev.millrace.engine.command.Argument;
import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Command;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.SlabAllocator;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.struct.QuicklistCursor;
import dev.millrace.engine.value.ListType;
import dev.millrace.engine.value.MemberVisitor;
import dev.millrace.engine.value.SortedSetCursor;
import dev.millrace.engine.value.ValueTypes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * SORT and SORT_RO: the elements of a list, set or sorted set in order of themselves or of values
 * found by a pattern, as a reply or as a new list.
 *
 * <p>All elements are copied beside the keyspace first; the sort itself is one step of the
 * executor, as it is in Redis.
 *
 * <p>Owned by: executor thread.
 */
public final class SortCommands implements CommandGroup {
  private static final byte[] ASC = ascii("asc");
  private static final byte[] DESC = ascii("desc");
  private static final byte[] ALPHA = ascii("alpha");
  private static final byte[] LIMIT = ascii("limit");
  private static final byte[] STORE = ascii("store");
  private static final byte[] BY = ascii("by");
  private static final byte[] GET = ascii("get");

  private static final CommandError NOT_A_NUMBER =
      new CommandError("ERR One or more scores can't be converted into double");
  private static final CommandError BY_DENIED =
      new CommandError("ERR BY option of SORT denied due to insufficient ACL permissions.");
  private static final CommandError GET_DENIED =
      new CommandError("ERR GET option of SORT denied due to insufficient ACL permissions.");

  private static final int GETS_MAX_AT_FIRST = 8;

  private final ValueTypes types;
  private final ListType lists;
  private final TextStore texts;
  private final Sorter sorter;
  private final SortPattern patterns;
  private final QuicklistCursor cursor = new QuicklistCursor();
  private final SortedSetCursor members;
  private final Element element = new Element();
  private final MemberVisitor addMember;

  // The options of the call that runs.
  private boolean descending;
  private boolean alpha;
  private boolean sorts;
  private int byArgument;
  private int storeArgument;
  private long limitStart;
  private long limitCount;
  private int[] getArguments = new int[GETS_MAX_AT_FIRST];
  private int gets;

  /**
   * The commands over values of these types.
   *
   * @param memory where elements are while they are sorted
   */
  public SortCommands(ValueTypes types, SlabAllocator memory) {
    this.types = types;
    this.lists = types.lists();
    this.members = types.sortedSets().cursor();
    this.texts = new TextStore(memory);
    this.sorter = new Sorter(texts);
    this.addMember = sorter::add;
    this.patterns = new SortPattern(types.hashes(), texts);
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        sort(
                "sort",
                "1.0.0",
                "Sorts the elements of a list, set or sorted set, and may store them.")
            .flags(WRITE, DENYOOM, MOVABLEKEYS)
            .keys(
                unknown(
                    "For the optional STORE keyword. It is marked 'unknown' because the keyword can"
                        + " appear anywhere in the argument array",
                    "OW",
                    "update"))
            .arguments(Argument.key("destination", 2).after("STORE").optional())
            .handledBy(call -> sort(call, true)));
    table.add(
        sort("sort_ro", "7.0.0", "Sorts the elements of a list, set or sorted set.")
            .flags(READONLY, MOVABLEKEYS)
            .handledBy(call -> sort(call, false)));
  }

  private static Command.Builder sort(String name, String since, String summary) {
    return Command.named(name)
        .group("generic")
        .since(since)
        .arity(-2)
        .categories("set", "sortedset", "list", "dangerous")
        .keys(1, 1, 1, "RO", "access")
        .keys(
            unknown(
                "For the optional BY/GET keyword. It is marked 'unknown' because the key names"
                    + " derive from the content of the key we sort",
                "RO",
                "access"))
        .summary(summary)
        .complexity("O(N+M*log(M)) in the number of elements and of those replied; O(N) unsorted.")
        .arguments(
            Argument.key("key"),
            pattern("BY").optional(),
            Argument.block(
                    "offset_count",
                    Argument.of("offset", "integer"),
                    Argument.of("count", "integer"))
                .after("LIMIT")
                .optional(),
            new Argument(
                "pattern",
                "pattern",
                "GET",
                1,
                "",
                List.of("optional", "multiple", "multiple_token"),
                List.of()),
            Argument.oneOf("order", Argument.token("asc", "ASC"), Argument.token("desc", "DESC"))
                .optional(),
            Argument.token("sorting", "ALPHA").optional());
  }

  private static Argument pattern(String token) {
    return new Argument("pattern", "pattern", token, 1, "", List.of(), List.of());
  }

  private static KeySpec unknown(String notes, String... flags) {
    return new KeySpec(-1, "", 0, KeySpec.Find.UNKNOWN, 0, 0, 0, List.of(flags), notes);
  }

  private void sort(Call call, boolean mayStore) {
    readOptions(call, mayStore);
    long entry = call.database().find(call.address(1), call.length(1), call.keyHash(1));
    int type = entry == 0 ? Entry.LIST : Entry.type(entry);
    if (type != Entry.LIST && type != Entry.SET && type != Entry.ZSET) {
      throw CommandError.WRONG_TYPE;
    }
    if (!sorts && type == Entry.SET && (storeArgument > 0 || call.client().connection() == null)) {
      // A set has no order, and what is stored, or seen by a script, must be the same everywhere.
      sorts = true;
      alpha = true;
      byArgument = 0;
    }
    try {
      run(call, entry, type);
    } finally {
      sorter.clear();
      texts.clear();
    }
  }

  private void run(Call call, long entry, int type) {
    long elements = entry == 0 ? 0 : count(entry, type);
    long from = Math.min(Math.max(limitStart, 0), elements);
    long count = Math.min(limitCount < 0 ? elements : limitCount, elements - from);
    if (sorts) {
      collect(entry, type);
      if (!weigh(call)) {
        throw NOT_A_NUMBER;
      }
      sorter.sort(alpha, byArgument > 0, descending, storeArgument > 0);
    } else if (type == Entry.SET) {
      collect(entry, type);
    } else {
      if (type == Entry.LIST) {
        collectList(entry, from, count, descending);
      } else {
        collectSortedSet(entry, from, count, descending);
      }
      from = 0;
    }
    if (storeArgument > 0) {
      store(call, (int) from, (int) count);
    } else {
      reply(call, (int) from, (int) count);
    }
  }

  private void readOptions(Call call, boolean mayStore) {
    descending = false;
    alpha = false;
    sorts = true;
    byArgument = 0;
    storeArgument = 0;
    limitStart = 0;
    limitCount = -1;
    gets = 0;
    for (int i = 2; i < call.argc(); i++) {
      int left = call.argc() - i - 1;
      if (call.is(i, ASC)) {
        descending = false;
      } else if (call.is(i, DESC)) {
        descending = true;
      } else if (call.is(i, ALPHA)) {
        alpha = true;
      } else if (call.is(i, LIMIT) && left >= 2) {
        limitStart = call.longArgument(i + 1);
        limitCount = call.longArgument(i + 2);
        i += 2;
      } else if (mayStore && call.is(i, STORE) && left >= 1) {
        storeArgument = ++i;
      } else if (call.is(i, BY) && left >= 1) {
        byArgument = ++i;
        boolean constant = SortPattern.isConstant(call.address(i), call.length(i));
        if (!constant && !mayReadAllKeys(call)) {
          throw BY_DENIED;
        }
        sorts = sorts && !constant;
      } else if (call.is(i, GET) && left >= 1) {
        if (!mayReadAllKeys(call)) {
          throw GET_DENIED;
        }
        if (gets == getArguments.length) {
          getArguments = Arrays.copyOf(getArguments, gets * 2);
        }
        getArguments[gets++] = ++i;
      } else {
        throw CommandError.SYNTAX;
      }
    }
  }

  private static boolean mayReadAllKeys(Call call) {
    return call.client().user().mayReadAllKeys(call.command(), call.request());
  }

  private long count(long entry, int type) {
    return switch (type) {
      case Entry.LIST -> lists.length(entry);
      case Entry.SET -> types.sets().size(entry);
      case Entry.ZSET -> types.sortedSets().size(entry);
      default -> throw new IllegalStateException("no such type: " + type);
    };
  }

  /** All elements, in the order in which they come most easily. */
  private void collect(long entry, int type) {
    if (entry == 0) {
      return;
    }
    switch (type) {
      case Entry.LIST -> collectList(entry, 0, lists.length(entry), false);
      case Entry.SET -> types.sets().forEach(entry, addMember);
      case Entry.ZSET -> collectSortedSet(entry, 0, types.sortedSets().size(entry), false);
      default -> throw new IllegalStateException("no such type: " + type);
    }
  }

  /** Some elements of a list in its own order, or the opposite one. */
  private void collectList(long entry, long from, long count, boolean backwards) {
    if (count <= 0) {
      return;
    }
    lists.seek(entry, backwards ? -1 - from : from, cursor);
    for (long i = 0; i < count; i++) {
      cursor.read(element);
      sorter.add(element);
      cursor.move(!backwards);
    }
  }

  /** Some members of a sorted set in its own order, or the opposite one. */
  private void collectSortedSet(long entry, long from, long count, boolean backwards) {
    long first = backwards ? types.sortedSets().size(entry) - 1 - from : from;
    boolean there = count > 0 && types.sortedSets().at(entry, first, members);
    for (long i = 0; there && i < count; i++) {
      sorter.add(members.member());
      there = members.step(backwards);
    }
  }

  /** Finds what each element is weighed by; false when something is no number and should be. */
  private boolean weigh(Call call) {
    boolean sound = true;
    for (int i = 0; i < sorter.size(); i++) {
      if (byArgument > 0) {
        if (patterns.find(call, byArgument, sorter.position(i), sorter.length(i), element)) {
          if (alpha) {
            sorter.weighByText(i, element);
          } else {
            sound &= sorter.weighByNumber(i, element);
          }
        }
      } else if (!alpha) {
        sound &= sorter.weighByItself(i);
      }
    }
    return sound;
  }

  private void reply(Call call, int from, int count) {
    ReplyWriter reply = call.reply();
    if (gets == 0) {
      reply.array(count);
      for (int i = from; i < from + count; i++) {
        reply.bulk(texts.address(sorter.position(i)), sorter.length(i));
      }
      return;
    }
    reply.array((long) count * gets);
    for (int i = from; i < from + count; i++) {
      for (int get = 0; get < gets; get++) {
        if (patterns.find(call, getArguments[get], sorter.position(i), sorter.length(i), element)) {
          Elements.reply(reply, element);
        } else {
          reply.nullBulk();
        }
      }
    }
  }

  private void store(Call call, int from, int count) {
    lists.beginBuilding();
    for (int i = from; i < from + count; i++) {
      if (gets == 0) {
        element.string(texts.address(sorter.position(i)), sorter.length(i));
        lists.build(element);
      }
      for (int get = 0; get < gets; get++) {
        if (!patterns.find(
            call, getArguments[get], sorter.position(i), sorter.length(i), element)) {
          element.string(texts.address(0), 0);
        }
        lists.build(element);
      }
    }
    long stored = (long) count * Math.max(1, gets);
    Database database = call.database();
    long address = call.address(storeArgument);
    int length = call.length(storeArgument);
    long hash = call.keyHash(storeArgument);
    if (stored > 0) {
      lists.storeBuilt(database, address, length, hash);
      call.changed(stored);
      call.keyChanged(storeArgument);
      call.notify(KeyspaceEvents.LIST, "sortstore", storeArgument);
    } else if (database.delete(address, length, hash)) {
      call.changed();
      call.keyChanged(storeArgument);
      call.notify(KeyspaceEvents.GENERIC, "del", storeArgument);
    }
    call.reply().integer(stored);
  }
}

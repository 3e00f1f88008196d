package dev.millrace.engine.command.sortedset;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.SortedSetBuilder;
import dev.millrace.engine.value.SortedSetCursor;
import dev.millrace.engine.value.ValueTypes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.BooleanSupplier;

/**
 * Commands that combine sorted sets, and sets, into one: ZUNION, ZINTER, ZDIFF, the same with
 * STORE, and ZINTERCARD.
 *
 * <p>Their time is that of all their input, and what they allocate on the heap is per input, not
 * per member. Owned by: executor thread.
 */
final class CombinationCommands implements CommandGroup {
  private static final CommandError NOT_WEIGHT =
      new CommandError("ERR weight value is not a float");
  private static final CommandError NEGATIVE_LIMIT =
      new CommandError("ERR LIMIT can't be negative");

  private static final byte[] WEIGHTS = ascii("weights");
  private static final byte[] AGGREGATE = ascii("aggregate");
  private static final byte[] SUM = ascii("sum");
  private static final byte[] MIN = ascii("min");
  private static final byte[] MAX = ascii("max");
  private static final byte[] WITHSCORES = ascii("withscores");
  private static final byte[] LIMIT = ascii("limit");

  private enum How {
    UNION("zunionstore"),
    INTER("zinterstore"),
    DIFF("zdiffstore");

    /** The keyspace event of storing the result. */
    final String event;

    How(String event) {
      this.event = event;
    }
  }

  private enum Aggregate {
    SUM,
    MIN,
    MAX
  }

  private final SortedSetKeys keys;
  private final ValueTypes types;
  private final SortedSetBuilder result;
  private final SortedSetCursor cursor;

  // Arguments of the command that runs.
  private Source[] sources = {};
  private Aggregate aggregate = Aggregate.SUM;
  private boolean withScores;
  private long limit;

  private long common;

  CombinationCommands(SortedSetKeys keys, ValueTypes types) {
    this.keys = keys;
    this.types = types;
    this.result = keys.type.builder();
    this.cursor = keys.type.cursor();
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(CombinationDeclarations.zunion().handledBy(call -> reply(call, How.UNION)));
    table.add(CombinationDeclarations.zinter().handledBy(call -> reply(call, How.INTER)));
    table.add(CombinationDeclarations.zdiff().handledBy(call -> reply(call, How.DIFF)));
    table.add(CombinationDeclarations.zunionstore().handledBy(call -> store(call, How.UNION)));
    table.add(CombinationDeclarations.zinterstore().handledBy(call -> store(call, How.INTER)));
    table.add(CombinationDeclarations.zdiffstore().handledBy(call -> store(call, How.DIFF)));
    table.add(CombinationDeclarations.zintercard().handledBy(this::countCommon));
  }

  private void reply(Call call, How how) {
    readSources(call, 1);
    readOptions(call, 2 + sources.length, how != How.DIFF, true, false);
    combine(how);
    ReplyWriter reply = call.reply();
    boolean pairs = withScores && reply.protocol() == 3;
    reply.array(withScores && !pairs ? result.size() * 2 : result.size());
    for (boolean on = result.at(0, cursor); on; on = cursor.next()) {
      if (pairs) {
        reply.array(2);
      }
      Element member = cursor.member();
      reply.bulk(member.address(), member.length());
      if (withScores) {
        reply.doubleValue(cursor.score());
      }
    }
    result.discard();
  }

  private void store(Call call, How how) {
    readSources(call, 2);
    readOptions(call, 3 + sources.length, how != How.DIFF, false, false);
    combine(how);
    keys.store(call, 1, result, how.event);
  }

  private void countCommon(Call call) {
    readSources(call, 1);
    readOptions(call, 2 + sources.length, false, false, true);
    sortBySize();
    common = 0;
    Source first = sources[0];
    BooleanSupplier enough = () -> limit != 0 && common == limit;
    first.forEachUntil(
        enough,
        (member, score) -> {
          if (!enough.getAsBoolean() && isInOthers(member)) {
            common++;
          }
        });
    sources = new Source[0];
    call.reply().integer(common);
  }

  /** Looks up the keys whose number stands at an index. */
  private void readSources(Call call, int number) {
    long count = call.longArgument(number);
    if (count < 1) {
      throw new CommandError(
          "ERR at least 1 input key is needed for '" + call.command().fullName() + "' command");
    }
    if (count > call.argc() - (number + 1)) {
      throw CommandError.SYNTAX;
    }
    Source[] found = new Source[(int) count];
    for (int i = 0; i < count; i++) {
      int argument = number + 1 + i;
      long entry =
          call.database()
              .find(call.address(argument), call.length(argument), call.keyHash(argument));
      if (entry != 0 && Entry.type(entry) != Entry.ZSET && Entry.type(entry) != Entry.SET) {
        throw CommandError.WRONG_TYPE;
      }
      found[i] = new Source(entry, keys.type, types.sets());
    }
    sources = found;
  }

  private void readOptions(
      Call call, int first, boolean aggregates, boolean replies, boolean counts) {
    aggregate = Aggregate.SUM;
    withScores = false;
    limit = 0;
    int i = first;
    while (i < call.argc()) {
      int remaining = call.argc() - i;
      if (aggregates && remaining > sources.length && call.is(i, WEIGHTS)) {
        for (Source source : sources) {
          source.weight = keys.real(call, ++i, NOT_WEIGHT);
        }
        i++;
      } else if (aggregates && remaining >= 2 && call.is(i, AGGREGATE)) {
        aggregate = aggregate(call, i + 1);
        i += 2;
      } else if (replies && call.is(i, WITHSCORES)) {
        withScores = true;
        i++;
      } else if (counts && remaining >= 2 && call.is(i, LIMIT)) {
        limit = call.longArgument(i + 1, NEGATIVE_LIMIT);
        if (limit < 0) {
          throw NEGATIVE_LIMIT;
        }
        i += 2;
      } else {
        throw CommandError.SYNTAX;
      }
    }
  }

  private static Aggregate aggregate(Call call, int argument) {
    if (call.is(argument, SUM)) {
      return Aggregate.SUM;
    }
    if (call.is(argument, MIN)) {
      return Aggregate.MIN;
    }
    if (call.is(argument, MAX)) {
      return Aggregate.MAX;
    }
    throw CommandError.SYNTAX;
  }

  /** Collects the result, in order. The sources are forgotten. */
  private void combine(How how) {
    result.begin(how == How.UNION ? sources[0].size : 0);
    switch (how) {
      case UNION -> {
        // In this order scores are added up, which their last digits show.
        sortBySize();
        for (Source source : sources) {
          source.forEach((member, score) -> unite(member, weighted(score, source)));
        }
      }
      case INTER -> {
        sortBySize();
        Source first = sources[0];
        first.forEach((member, score) -> intersect(member, weighted(score, first)));
      }
      case DIFF ->
          sources[0].forEach((member, score) -> {
            if (isInNoOther(member)) {
              result.add(score, member);
            }
          });
    }
    result.order();
    sources = new Source[0];
  }

  private void sortBySize() {
    Arrays.sort(sources, Comparator.comparingLong(source -> source.size));
  }

  private void unite(Element member, double score) {
    long there = result.find(member);
    if (there == 0) {
      result.add(score, member);
    } else {
      result.changeScore(there, aggregated(result.score(there), score));
    }
  }

  private void intersect(Element member, double firstScore) {
    double score = firstScore;
    for (int i = 1; i < sources.length; i++) {
      Source source = sources[i];
      if (!source.find(member)) {
        return;
      }
      score = aggregated(score, source.score() * source.weight);
    }
    result.add(score, member);
  }

  private boolean isInOthers(Element member) {
    for (int i = 1; i < sources.length; i++) {
      if (!sources[i].find(member)) {
        return false;
      }
    }
    return true;
  }

  private boolean isInNoOther(Element member) {
    for (int i = 1; i < sources.length; i++) {
      if (sources[i].find(member)) {
        return false;
      }
    }
    return true;
  }

  /** Zero times infinity counts as zero. */
  private static double weighted(double score, Source source) {
    double weighted = score * source.weight;
    return Double.isNaN(weighted) ? 0 : weighted;
  }

  /** Opposite infinities add up to zero. */
  private double aggregated(double so, double score) {
    switch (aggregate) {
      case MIN:
        return score < so ? score : so;
      case MAX:
        return score > so ? score : so;
      default:
        double sum = so + score;
        return Double.isNaN(sum) ? 0 : sum;
    }
  }
}

package dev.millrace.engine.command.stream;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.blocking.BlockTimeout;

/**
 * The options of XREAD and XREADGROUP, with the places of the arguments they name.
 *
 * <p>Owned by: executor thread.
 */
final class ReadOptions {
  private static final byte[] BLOCK = StreamArguments.word("block");
  private static final byte[] STREAMS = StreamArguments.word("streams");
  private static final byte[] GROUP = StreamArguments.word("group");
  private static final byte[] NOACK = StreamArguments.word("noack");

  private static final CommandError GROUP_WITHOUT_GROUP =
      new CommandError(
          "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
  private static final CommandError NOACK_WITHOUT_GROUP =
      new CommandError(
          "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
  private static final CommandError MISSING_GROUP =
      new CommandError("ERR Missing GROUP option for XREADGROUP");

  private boolean inGroup;
  private boolean waits;
  private long untilMillis;
  private long count;
  private int firstKey;
  private int streams;
  private int groupArgument;
  private boolean noAck;

  ReadOptions() {}

  /** A copy, for a client that waits. */
  ReadOptions(ReadOptions other) {
    inGroup = other.inGroup;
    waits = other.waits;
    untilMillis = other.untilMillis;
    count = other.count;
    firstKey = other.firstKey;
    streams = other.streams;
    groupArgument = other.groupArgument;
    noAck = other.noAck;
  }

  void parse(Call call, boolean ofGroup) {
    inGroup = ofGroup;
    waits = false;
    untilMillis = 0;
    count = 0;
    firstKey = 0;
    streams = 0;
    groupArgument = 0;
    noAck = false;
    int last = call.argc() - 1;
    for (int i = 1; i <= last && firstKey == 0; i++) {
      if (call.is(i, BLOCK) && i < last) {
        i++;
        untilMillis = BlockTimeout.millis(call, i);
        waits = true;
      } else if (call.is(i, StreamArguments.COUNT) && i < last) {
        i++;
        count = Math.max(0, call.longArgument(i));
      } else if (call.is(i, STREAMS) && i < last) {
        parseStreams(call, i + 1);
      } else if (call.is(i, GROUP) && i + 1 < last) {
        if (!inGroup) {
          throw GROUP_WITHOUT_GROUP;
        }
        groupArgument = i + 1;
        i += 2;
      } else if (call.is(i, NOACK)) {
        if (!inGroup) {
          throw NOACK_WITHOUT_GROUP;
        }
        noAck = true;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    if (firstKey == 0) {
      throw CommandError.SYNTAX;
    }
    if (inGroup && groupArgument == 0) {
      throw MISSING_GROUP;
    }
  }

  private void parseStreams(Call call, int first) {
    int arguments = call.argc() - first;
    if (arguments % 2 != 0) {
      throw new CommandError(
          "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be"
              + " specified.");
    }
    firstKey = first;
    streams = arguments / 2;
  }

  boolean inGroup() {
    return inGroup;
  }

  /** Whether it may wait (BLOCK). */
  boolean waits() {
    return waits;
  }

  /** Until when, in Unix milliseconds; 0 for ever. */
  long untilMillis() {
    return untilMillis;
  }

  /** The most entries of one stream, or 0. */
  long count() {
    return count;
  }

  int firstKey() {
    return firstKey;
  }

  /** How many streams are named; behind their keys stand as many IDs. */
  int streams() {
    return streams;
  }

  /** Index of the group's name. */
  int group() {
    return groupArgument;
  }

  /** Index of the consumer's name. */
  int consumer() {
    return groupArgument + 1;
  }

  /** Whether nothing is to be acknowledged (NOACK). */
  boolean noAck() {
    return noAck;
  }
}

package dev.millrace.engine.command.stream;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.config.EncodingSettings;
import dev.millrace.engine.keyspace.ExpiryMode;
import dev.millrace.engine.value.StreamHead;
import dev.millrace.engine.value.StreamId;
import dev.millrace.engine.value.StreamType;
import java.nio.charset.StandardCharsets;

/**
 * The options of XADD and XTRIM. How much an approximate trim takes out depends on the server, so
 * the replication stream gets it as an exact one to what is left.
 *
 * <p>Owned by: executor thread.
 */
final class TrimOptions {
  private static final byte[] MAXLEN = StreamArguments.word("maxlen");
  private static final byte[] MINID = StreamArguments.word("minid");
  private static final byte[] LIMIT = StreamArguments.word("limit");
  private static final byte[] NOMKSTREAM = StreamArguments.word("nomkstream");
  private static final byte[] EXACTLY = "=".getBytes(StandardCharsets.US_ASCII);

  private static final CommandError TWO_STRATEGIES =
      new CommandError(
          "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
  private static final CommandError NEGATIVE_MAXLEN =
      new CommandError("ERR The MAXLEN argument must be >= 0.");
  private static final CommandError NEGATIVE_LIMIT =
      new CommandError("ERR The LIMIT argument must be >= 0.");
  private static final CommandError LIMIT_OF_NOTHING =
      new CommandError(
          "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
  private static final CommandError LIMIT_OF_EXACT =
      new CommandError("ERR syntax error, LIMIT cannot be used without the special ~ option");
  private static final CommandError NO_STRATEGY =
      new CommandError("ERR syntax error, XTRIM must be called with a trimming strategy");

  private static final long NODES_PER_TRIM = 100;
  private static final long LIMIT_WITHOUT_NODES = 10_000;
  private static final long LIMIT_MAX = 1_000_000;

  private final EncodingSettings settings;

  /** The ID of a new entry, as far as it is given. */
  final StreamId id = new StreamId();

  private final StreamId minId = new StreamId();
  private boolean byLength;
  private boolean byId;
  private boolean approximate;
  private long maxLength;
  private long limit;
  private boolean limitGiven;
  private int threshold;
  private boolean noStream;
  private boolean idGiven;
  private boolean sequenceGiven;

  TrimOptions(EncodingSettings settings) {
    this.settings = settings;
  }

  /**
   * Reads the options of XADD.
   *
   * @return index of the ID's argument
   */
  int parseAdd(Call call) {
    return parse(call, true);
  }

  /** Reads the options of XTRIM. */
  void parseTrim(Call call) {
    parse(call, false);
  }

  private int parse(Call call, boolean adds) {
    byLength = false;
    byId = false;
    approximate = false;
    limit = 0;
    limitGiven = false;
    noStream = false;
    idGiven = false;
    sequenceGiven = true;
    int last = call.argc() - 1;
    int i = 2;
    for (; i <= last; i++) {
      if (adds && StreamArguments.is(call, i, '*')) {
        break;
      } else if (call.is(i, MAXLEN) && i < last) {
        i = parseThreshold(call, i);
        maxLength = call.longArgument(i);
        if (maxLength < 0) {
          throw NEGATIVE_MAXLEN;
        }
        byLength = true;
      } else if (call.is(i, MINID) && i < last) {
        i = parseThreshold(call, i);
        StreamArguments.id(call, i, minId);
        byId = true;
      } else if (call.is(i, LIMIT) && i < last) {
        i++;
        limit = call.longArgument(i);
        if (limit < 0) {
          throw NEGATIVE_LIMIT;
        }
        limitGiven = true;
      } else if (adds && call.is(i, NOMKSTREAM)) {
        noStream = true;
      } else if (adds) {
        sequenceGiven = StreamArguments.newId(call, i, id);
        idGiven = true;
        break;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    settleLimit(call, adds);
    return i;
  }

  private int parseThreshold(Call call, int option) {
    if (isGiven()) {
      throw TWO_STRATEGIES;
    }
    approximate = false;
    int at = option + 1;
    if (at < call.argc() - 1) {
      if (StreamArguments.is(call, at, '~')) {
        approximate = true;
        at++;
      } else if (StreamArguments.is(call, at, '=')) {
        at++;
      }
    }
    threshold = at;
    return at;
  }

  private void settleLimit(Call call, boolean adds) {
    if (limit != 0 && !isGiven()) {
      throw LIMIT_OF_NOTHING;
    }
    if (!adds && !isGiven()) {
      throw NO_STRATEGY;
    }
    if (call.keyspace().expiryMode() == ExpiryMode.IGNORE) {
      // From a master or the log: the threshold is what was left there.
      limit = 0;
    } else if (limitGiven) {
      if (!approximate) {
        throw LIMIT_OF_EXACT;
      }
    } else if (approximate) {
      limit = NODES_PER_TRIM * settings.streamNodeMaxEntries.value();
      limit = limit <= 0 ? LIMIT_WITHOUT_NODES : Math.min(limit, LIMIT_MAX);
    } else {
      limit = 0;
    }
  }

  /** Whether a trim is asked for. */
  boolean isGiven() {
    return byLength || byId;
  }

  /** Whether no stream is to be made (NOMKSTREAM). */
  boolean needsStream() {
    return noStream;
  }

  /** Whether the new entry's time is given. */
  boolean isTimeGiven() {
    return idGiven;
  }

  /** Whether the new entry's whole ID is given. */
  boolean isIdGiven() {
    return idGiven && sequenceGiven;
  }

  /** Whether the command must go to the replication stream as an exact trim. */
  boolean isApproximate() {
    return isGiven() && approximate;
  }

  /** Trims; how many entries were taken out. */
  long run(StreamType type, long stream) {
    return byLength
        ? type.trimToLength(stream, maxLength, approximate, limit)
        : type.trimToId(stream, minId.millis, minId.sequence, approximate, limit);
  }

  /**
   * The command as an effect: the trim exact, to what is left.
   *
   * @param idArgument index of the argument that {@link #id} takes the place of; 0 for none
   */
  void propagate(Call call, StreamType type, long stream, int idArgument) {
    Effects effect = call.effect(call.argc());
    for (int i = 0; i < call.argc(); i++) {
      if (isApproximate() && i == threshold - 1) {
        effect.argument(EXACTLY);
      } else if (isApproximate() && i == threshold) {
        if (byLength) {
          effect.argument(StreamHead.length(stream));
        } else {
          type.oldestEntry(stream, minId);
          effect.argumentId(minId.millis, minId.sequence);
        }
      } else if (i == idArgument && i > 0) {
        effect.argumentId(id.millis, id.sequence);
      } else {
        effect.argument(call.address(i), call.length(i));
      }
    }
  }
}

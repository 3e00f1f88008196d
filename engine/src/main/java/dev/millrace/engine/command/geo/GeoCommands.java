package dev.millrace.engine.command.geo;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Effects;
import dev.millrace.engine.command.sortedset.MemberChange;
import dev.millrace.engine.command.sortedset.SortedSetKeys;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.value.SortedSetType;
import dev.millrace.engine.value.ValueTypes;
import java.nio.charset.StandardCharsets;

/**
 * Commands on positions that are named: GEOADD, GEODIST, GEOHASH, GEOPOS; and those that search,
 * {@link GeoSearchCommands}. A geo index is a sorted set; GEOADD goes to the replication stream as
 * the ZADD that it is.
 *
 * <p>Owned by: executor thread.
 */
public final class GeoCommands implements CommandGroup {
  private static final byte[] ZADD = ascii("zadd");
  private static final byte[] NX = ascii("nx");
  private static final byte[] XX = ascii("xx");
  private static final byte[] CH = ascii("ch");
  private static final byte[] ALPHABET = ascii("0123456789bcdefghjkmnpqrstuvwxyz");

  /** A geohash string has eleven letters of five bits, and 52 bits are for ten of them. */
  private static final int LETTERS = 11;

  private static final int BITS = 52;
  private static final int BITS_PER_LETTER = 5;
  private static final int DISTANCE_DECIMALS = 4;
  private static final int POSITION_DECIMALS = 17;

  private final SortedSetKeys keys;
  private final SortedSetType type;
  private final GeoArguments arguments;
  private final MemberChange change;
  private final GeoShape position = new GeoShape();
  private final byte[] text = new byte[LETTERS];

  /** The commands on these types. */
  public GeoCommands(ValueTypes types) {
    this.type = types.sortedSets();
    this.keys = new SortedSetKeys(type);
    this.arguments = new GeoArguments(keys);
    this.change = new MemberChange(keys);
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(GeoDeclarations.geoadd().handledBy(this::add));
    table.add(GeoDeclarations.geodist().handledBy(this::distance));
    table.add(GeoDeclarations.geohash().handledBy(this::hash));
    table.add(GeoDeclarations.geopos().handledBy(this::position));
    new GeoSearchCommands(keys, arguments).declare(table);
  }

  private void add(Call call) {
    int options = 0;
    int first = 2;
    while (first < call.argc()) {
      int option = option(call, first);
      if (option == 0) {
        break;
      }
      options |= option;
      first++;
    }
    int left = call.argc() - first;
    boolean both =
        (options & (MemberChange.NX | MemberChange.XX)) == (MemberChange.NX | MemberChange.XX);
    if (left == 0 || left % 3 != 0 || both) {
      throw CommandError.SYNTAX;
    }
    int members = left / 3;
    change.begin(members);
    for (int i = 0; i < members; i++) {
      arguments.position(call, first + 3 * i, position);
      long cell =
          GeoHash.encode(
              position.longitude, position.latitude, GeoHash.STEPS_MAX, GeoHash.LATITUDE_MAX);
      change.score(i, (double) cell);
    }
    if (change.apply(call, options, first + 2, 3) > 0) {
      propagate(call, first, members);
    }
  }

  private static int option(Call call, int argument) {
    if (call.is(argument, NX)) {
      return MemberChange.NX;
    }
    if (call.is(argument, XX)) {
      return MemberChange.XX;
    }
    return call.is(argument, CH) ? MemberChange.CH : 0;
  }

  private void propagate(Call call, int first, int members) {
    Effects effect = call.effect(first + 2 * members).argument(ZADD);
    for (int i = 1; i < first; i++) {
      effect.argument(call.address(i), call.length(i));
    }
    for (int i = 0; i < members; i++) {
      int member = first + 3 * i + 2;
      effect.argument((long) change.score(i)).argument(call.address(member), call.length(member));
    }
  }

  private void distance(Call call) {
    double unit = call.argc() == 4 ? 1 : unitOf(call);
    long entry = keys.find(call, 1);
    if (entry == 0 || !type.find(entry, call.address(2), call.length(2))) {
      call.reply().nullBulk();
      return;
    }
    double from = type.score();
    if (!type.find(entry, call.address(3), call.length(3))) {
      call.reply().nullBulk();
      return;
    }
    double to = type.score();
    double metres =
        GeoDistance.between(
            GeoHash.longitude(from),
            GeoHash.latitude(from),
            GeoHash.longitude(to),
            GeoHash.latitude(to));
    replyDistance(call.reply(), metres / unit);
  }

  private static double unitOf(Call call) {
    if (call.argc() > 5) {
      throw CommandError.SYNTAX;
    }
    return GeoArguments.unit(call, 4);
  }

  static void replyDistance(ReplyWriter reply, double distance) {
    reply.bulkFixed(distance, DISTANCE_DECIMALS);
  }

  static void replyPosition(ReplyWriter reply, double longitude, double latitude) {
    reply.array(2);
    reply.shortDouble(longitude, POSITION_DECIMALS);
    reply.shortDouble(latitude, POSITION_DECIMALS);
  }

  private void hash(Call call) {
    long entry = keys.find(call, 1);
    call.reply().array(call.argc() - 2);
    for (int i = 2; i < call.argc(); i++) {
      if (entry != 0 && type.find(entry, call.address(i), call.length(i))) {
        call.reply().bulk(standardHash(type.score()));
      } else {
        call.reply().nullBulk();
      }
    }
  }

  /** The standard halves latitudes from pole to pole, so the position is put into cells again. */
  private byte[] standardHash(double score) {
    long bits =
        GeoHash.encode(
            GeoHash.longitude(score), GeoHash.latitude(score), GeoHash.STEPS_MAX, GeoHash.POLE);
    for (int i = 0; i < LETTERS; i++) {
      int shift = BITS - (i + 1) * BITS_PER_LETTER;
      text[i] = ALPHABET[shift < 0 ? 0 : (int) (bits >>> shift) & 0x1F];
    }
    return text;
  }

  private void position(Call call) {
    long entry = keys.find(call, 1);
    call.reply().array(call.argc() - 2);
    for (int i = 2; i < call.argc(); i++) {
      if (entry != 0 && type.find(entry, call.address(i), call.length(i))) {
        double score = type.score();
        replyPosition(call.reply(), GeoHash.longitude(score), GeoHash.latitude(score));
      } else {
        call.reply().nullArray();
      }
    }
  }
}

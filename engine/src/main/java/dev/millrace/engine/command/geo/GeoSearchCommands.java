package dev.millrace.engine.command.geo;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.command.CommandGroup;
import dev.millrace.engine.command.CommandTable;
import dev.millrace.engine.command.Elements;
import dev.millrace.engine.command.sortedset.SortedSetKeys;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;
import dev.millrace.engine.value.SortedSetBuilder;
import dev.millrace.engine.value.SortedSetCursor;
import dev.millrace.engine.value.SortedSetType;
import java.nio.charset.StandardCharsets;

/**
 * Commands that search a circle or a box: GEOSEARCH, GEOSEARCHSTORE, GEORADIUS, GEORADIUSBYMEMBER
 * and their forms that only read.
 *
 * <p>Owned by: executor thread.
 */
final class GeoSearchCommands implements CommandGroup {
  private static final CommandError NO_MEMBER =
      new CommandError("ERR could not decode requested zset member");
  private static final CommandError BAD_COUNT = new CommandError("ERR COUNT must be > 0");
  private static final CommandError ANY_OF_ALL =
      new CommandError("ERR the ANY argument requires COUNT argument");
  private static final String NOT_STORED =
      " is not compatible with WITHDIST, WITHHASH and WITHCOORD options";
  private static final CommandError SEARCH_STORES_MEMBERS =
      new CommandError("ERR GEOSEARCHSTORE" + NOT_STORED);
  private static final CommandError RADIUS_STORES_MEMBERS =
      new CommandError("ERR STORE option in GEORADIUS" + NOT_STORED);

  private static final byte[] WITHDIST = ascii("withdist");
  private static final byte[] WITHHASH = ascii("withhash");
  private static final byte[] WITHCOORD = ascii("withcoord");
  private static final byte[] ANY = ascii("any");
  private static final byte[] ASC = ascii("asc");
  private static final byte[] DESC = ascii("desc");
  private static final byte[] COUNT = ascii("count");
  private static final byte[] STORE = ascii("store");
  private static final byte[] STOREDIST = ascii("storedist");
  private static final byte[] FROMMEMBER = ascii("frommember");
  private static final byte[] FROMLONLAT = ascii("fromlonlat");
  private static final byte[] BYRADIUS = ascii("byradius");
  private static final byte[] BYBOX = ascii("bybox");

  private final SortedSetKeys keys;
  private final SortedSetType type;
  private final GeoArguments arguments;
  private final GeoShape shape = new GeoShape();
  private final GeoPoints points = new GeoPoints();
  private final SortedSetCursor cursor;
  private final SortedSetBuilder stored;
  private final Element member = new Element();

  // Options of the command that runs.
  private boolean withDistance;
  private boolean withHash;
  private boolean withPosition;
  private boolean sorted;
  private boolean farthestFirst;
  private boolean any;
  private long count;
  private int storeArgument;
  private boolean storesDistance;
  private boolean fromMember;
  private boolean fromPosition;
  private boolean byRadius;
  private boolean byBox;

  GeoSearchCommands(SortedSetKeys keys, GeoArguments arguments) {
    this.keys = keys;
    this.type = keys.type();
    this.arguments = arguments;
    this.cursor = type.cursor();
    this.stored = type.builder();
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void declare(CommandTable table) {
    table.add(GeoDeclarations.georadius().handledBy(call -> radius(call, true)));
    table.add(GeoDeclarations.georadiusRo().handledBy(call -> radius(call, false)));
    table.add(GeoDeclarations.georadiusbymember().handledBy(c -> radiusByMember(c, true)));
    table.add(GeoDeclarations.georadiusbymemberRo().handledBy(c -> radiusByMember(c, false)));
    table.add(GeoDeclarations.geosearch().handledBy(call -> search(call, false)));
    table.add(GeoDeclarations.geosearchstore().handledBy(call -> search(call, true)));
  }

  private void radius(Call call, boolean mayStore) {
    long entry = keys.find(call, 1);
    arguments.position(call, 2, shape);
    arguments.circle(call, 4, shape);
    readOptions(call, 6, mayStore);
    finish(call, entry, "georadiusstore");
  }

  private void radiusByMember(Call call, boolean mayStore) {
    long entry = keys.find(call, 1);
    if (entry != 0) {
      positionOfMember(call, entry, 2);
      arguments.circle(call, 3, shape);
    }
    readOptions(call, 5, mayStore);
    finish(call, entry, "georadiusstore");
  }

  private void positionOfMember(Call call, long entry, int argument) {
    if (!type.find(entry, call.address(argument), call.length(argument))) {
      throw NO_MEMBER;
    }
    shape.longitude = GeoHash.longitude(type.score());
    shape.latitude = GeoHash.latitude(type.score());
  }

  private void readOptions(Call call, int first, boolean mayStore) {
    clearOptions();
    for (int i = first; i < call.argc(); i++) {
      int consumed = commonOption(call, i);
      if (consumed == 0 && mayStore && i + 1 < call.argc()) {
        boolean distance = call.is(i, STOREDIST);
        if (distance || call.is(i, STORE)) {
          storeArgument = i + 1;
          storesDistance = distance;
          consumed = 2;
        }
      }
      if (consumed == 0) {
        throw CommandError.SYNTAX;
      }
      i += consumed - 1;
    }
    if (storeArgument != 0 && (withDistance || withHash || withPosition)) {
      throw RADIUS_STORES_MEMBERS;
    }
    requireCount();
  }

  private void clearOptions() {
    withDistance = false;
    withHash = false;
    withPosition = false;
    sorted = false;
    farthestFirst = false;
    any = false;
    count = 0;
    storeArgument = 0;
    storesDistance = false;
    fromMember = false;
    fromPosition = false;
    byRadius = false;
    byBox = false;
  }

  private void requireCount() {
    if (any && count == 0) {
      throw ANY_OF_ALL;
    }
  }

  /** Reads an option that all searches have; how many arguments it took, 0 when it is none. */
  private int commonOption(Call call, int i) {
    if (call.is(i, WITHDIST)) {
      withDistance = true;
    } else if (call.is(i, WITHHASH)) {
      withHash = true;
    } else if (call.is(i, WITHCOORD)) {
      withPosition = true;
    } else if (call.is(i, ANY)) {
      any = true;
    } else if (call.is(i, ASC) || call.is(i, DESC)) {
      sorted = true;
      farthestFirst = call.is(i, DESC);
    } else if (i + 1 < call.argc() && call.is(i, COUNT)) {
      count = call.longArgument(i + 1);
      if (count <= 0) {
        throw BAD_COUNT;
      }
      return 2;
    } else {
      return 0;
    }
    return 1;
  }

  private void search(Call call, boolean stores) {
    int source = stores ? 2 : 1;
    long entry = keys.find(call, source);
    clearOptions();
    for (int i = source + 1; i < call.argc(); i++) {
      int consumed = commonOption(call, i);
      if (consumed == 0) {
        consumed = shapeOption(call, entry, i);
      }
      if (consumed == 0 && stores && call.is(i, STOREDIST)) {
        storesDistance = true;
        consumed = 1;
      }
      if (consumed == 0) {
        throw CommandError.SYNTAX;
      }
      i += consumed - 1;
    }
    storeArgument = stores ? 1 : 0;
    if (stores && (withDistance || withHash || withPosition)) {
      throw SEARCH_STORES_MEMBERS;
    }
    if (!fromMember && !fromPosition) {
      throw new CommandError(
          "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + call.text(0));
    }
    if (!byRadius && !byBox) {
      throw new CommandError(
          "ERR exactly one of BYRADIUS and BYBOX can be specified for " + call.text(0));
    }
    requireCount();
    finish(call, entry, "geosearchstore");
  }

  /** Reads what is searched and from where; how many arguments it took, 0 when it is neither. */
  private int shapeOption(Call call, long entry, int i) {
    int left = call.argc() - i;
    if (left > 1 && !fromPosition && call.is(i, FROMMEMBER)) {
      if (entry != 0) {
        positionOfMember(call, entry, i + 1);
      }
      fromMember = true;
      return 2;
    }
    if (left > 2 && !fromMember && call.is(i, FROMLONLAT)) {
      arguments.position(call, i + 1, shape);
      fromPosition = true;
      return 3;
    }
    if (left > 2 && !byBox && call.is(i, BYRADIUS)) {
      arguments.circle(call, i + 1, shape);
      byRadius = true;
      return 3;
    }
    if (left > 3 && !byRadius && call.is(i, BYBOX)) {
      arguments.box(call, i + 1, shape);
      byBox = true;
      return 4;
    }
    return 0;
  }

  /** Searches, and replies or stores what was found. */
  private void finish(Call call, long entry, String event) {
    points.clear();
    if (entry != 0) {
      find(entry);
    }
    int found = count == 0 ? points.count() : (int) Math.min(count, points.count());
    if (sorted || (count > 0 && !any)) {
      points.sort(farthestFirst, found);
    }
    if (storeArgument != 0) {
      store(call, found, event);
    } else {
      reply(call.reply(), found);
    }
  }

  private void find(long entry) {
    shape.cover();
    long limit = any ? count : Long.MAX_VALUE;
    int before = -1;
    for (int cell = 0; cell < GeoShape.CELLS; cell++) {
      if (!shape.isUseful(cell, before)) {
        continue;
      }
      if (points.count() >= limit) {
        return;
      }
      findInCell(entry, cell, limit);
      before = cell;
    }
  }

  private void findInCell(long entry, int cell, long limit) {
    double end = shape.scoreTo(cell);
    long rank = type.countBelow(entry, shape.scoreFrom(cell), false);
    for (boolean on = type.at(entry, rank, cursor); on; on = cursor.next()) {
      double score = cursor.score();
      if (score >= end) {
        return;
      }
      double longitude = GeoHash.longitude(score);
      double latitude = GeoHash.latitude(score);
      if (shape.contains(longitude, latitude)) {
        points.add(cursor.member(), score, longitude, latitude, shape.distance());
        if (points.count() >= limit) {
          return;
        }
      }
    }
  }

  private void reply(ReplyWriter reply, int found) {
    int parts = 1 + (withDistance ? 1 : 0) + (withHash ? 1 : 0) + (withPosition ? 1 : 0);
    reply.array(found);
    for (int i = 0; i < found; i++) {
      if (parts > 1) {
        reply.array(parts);
      }
      points.member(i, member);
      Elements.reply(reply, member);
      if (withDistance) {
        GeoCommands.replyDistance(reply, points.distance(i) / shape.unit);
      }
      if (withHash) {
        reply.integer(GeoHash.bits(points.score(i)));
      }
      if (withPosition) {
        GeoCommands.replyPosition(reply, points.longitude(i), points.latitude(i));
      }
    }
  }

  private void store(Call call, int found, String event) {
    stored.begin(found);
    for (int i = 0; i < found; i++) {
      points.member(i, member);
      stored.add(storesDistance ? points.distance(i) / shape.unit : points.score(i), member);
    }
    stored.order();
    keys.store(call, storeArgument, stored, event);
  }
}

package dev.millrace.engine.command.bitmap;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.string.StringValue;
import dev.millrace.engine.keyspace.Database;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;

/** Reads and prepares strings as bits lie in them. Stateless; executor thread. */
final class BitString {
  private BitString() {}

  /**
   * Where the string's bytes are.
   *
   * @param entry of a string, or 0 for none
   * @param digits room for {@link Decimal#MAX_LENGTH} bytes, where the text of a number is written
   */
  static long address(long entry, long digits) {
    if (entry == 0) {
      return digits;
    }
    if (Entry.isInt(entry)) {
      Decimal.format(Entry.longValue(entry), digits);
      return digits;
    }
    return Entry.valueAddress(entry);
  }

  static long length(long entry) {
    return entry == 0 ? 0 : Entry.valueLength(entry);
  }

  /**
   * Makes the string under the command's first key one that can be written up to a byte, creating
   * it where there is none.
   *
   * @param entry found under that key already, or 0
   * @return the entry
   */
  static long prepare(Call call, long entry, long bytes) {
    Database database = call.database();
    long hash = call.keyHash(1);
    long string = entry;
    if (string == 0) {
      string =
          database.setString(
              call.address(1), call.length(1), hash, call.address(1), 0, Database.NO_EXPIRY);
    }
    return database.reserveString(string, hash, bytes);
  }

  /** The entry under the first key, to be changed; refuses one that is no string. */
  static long findForWrite(Call call) {
    long entry = call.database().findForWrite(call.address(1), call.length(1), call.keyHash(1));
    StringValue.require(entry);
    return entry;
  }

  /** The entry under the first key, to be read; refuses one that is no string. */
  static long find(Call call) {
    long entry = call.database().find(call.address(1), call.length(1), call.keyHash(1));
    StringValue.require(entry);
    return entry;
  }

  /** One bit of the string, 0 beyond its end. */
  static int bit(long address, long length, long offset) {
    long at = offset >>> 3;
    return at < length ? (Memory.getByte(address + at) >>> (7 - (int) (offset & 7))) & 1 : 0;
  }
}

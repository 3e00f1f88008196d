package dev.millrace.aof;

import dev.millrace.backlog.OffsetRange;
import dev.millrace.backlog.ReplicationHistory;
import dev.millrace.backlog.ReplicationId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a ledger record.
 *
 * <pre>
 *  0        4      5                                  (big endian)
 *  +--------+------+----------------------------+
 *  | CRC32C | kind | fields in their order       |
 *  +--------+------+----------------------------+
 *  CRC32C over everything after it; text is a 2-byte length and UTF-8.
 * </pre>
 *
 * <p>The ledger is never forced record by record, so a power cut may leave any bytes: a record
 * whose checksum fails is no record. A kind is never given another meaning.
 */
final class LedgerCodec {
  /** No record is longer. */
  static final int MOST_BYTES = 4096;

  private static final int TEXT_BYTES = 1000;

  private LedgerCodec() {}

  static byte[] encode(LedgerRecord record) {
    ByteBuffer to = ByteBuffer.allocate(MOST_BYTES);
    to.putInt(0);
    switch (record) {
      case LedgerRecord.Started r -> kind(to, 1).putLong(r.offset()).putLong(r.millis());
      case LedgerRecord.Checkpoint r ->
          kind(to, 2)
              .putLong(r.segment())
              .putLong(r.from())
              .putLong(r.offset())
              .putLong(r.durable())
              .putLong(r.millis())
              .putInt(r.selectedDb())
              .putInt(r.crc32c());
      case LedgerRecord.Rolled r -> kind(to, 3).putLong(r.segment()).putLong(r.millis());
      case LedgerRecord.Sealed r ->
          kind(to, 4).putLong(r.segment()).putLong(r.end()).putLong(r.millis()).putInt(r.crc32c());
      case LedgerRecord.Retired r -> {
        kind(to, 5).putLong(r.segment()).putLong(r.end()).putLong(r.millis());
        text(to, r.reason());
      }
      case LedgerRecord.BaseAdopted r ->
          kind(to, 6).putLong(r.offset()).putLong(r.bytes()).putLong(r.millis()).putInt(r.crc32c());
      case LedgerRecord.BaseRetired r -> kind(to, 7).putLong(r.offset()).putLong(r.millis());
      case LedgerRecord.HistoryChanged r -> {
        kind(to, 8).putLong(r.offset()).putLong(r.millis());
        text(to, r.history().id().toString());
        ReplicationId previous = r.history().previousId();
        text(to, previous == null ? "" : previous.toString());
        to.putLong(r.history().previousValidUpTo());
        to.put((byte) (r.history().idIsOwn() ? 1 : 0));
      }
      case LedgerRecord.Resync r -> {
        ResyncDecision d = r.decision();
        kind(to, 13).putLong(r.millis());
        text(to, d.replica());
        text(to, d.outcome().name());
        text(to, d.rule().name());
        text(to, d.askedId());
        to.putLong(d.askedStart());
        text(to, d.explanation());
        text(to, d.setting());
        range(to, d.memory());
        range(to, d.log());
      }
      case LedgerRecord.ResyncEnded r -> {
        ResyncEnd e = r.end();
        kind(to, 14).putLong(r.millis());
        text(to, e.replica());
        to.putLong(e.bytes()).putLong(e.micros()).put((byte) (e.complete() ? 1 : 0));
      }
      case LedgerRecord.Cut r ->
          kind(to, 10)
              .putLong(r.segment())
              .putLong(r.offset())
              .putLong(r.lostBytes())
              .putLong(r.millis());
      case LedgerRecord.Restarted r -> kind(to, 11).putLong(r.offset()).putLong(r.millis());
      case LedgerRecord.StoppedCleanly r -> kind(to, 12).putLong(r.offset()).putLong(r.millis());
    }
    to.flip();
    to.putInt(0, checksum(to));
    byte[] bytes = new byte[to.remaining()];
    to.get(bytes);
    return bytes;
  }

  /** The record in these bytes; null when they are none. */
  static @Nullable LedgerRecord decode(ByteBuffer from) {
    if (from.remaining() < 5 || from.getInt(from.position()) != checksum(from)) {
      return null;
    }
    try {
      from.getInt();
      return decodeFields(from);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      // Its checksum holds but it says nothing known: written by a later version.
      return null;
    }
  }

  private static LedgerRecord decodeFields(ByteBuffer in) {
    int kind = in.get();
    return switch (kind) {
      case 1 -> new LedgerRecord.Started(in.getLong(), in.getLong());
      case 2 ->
          new LedgerRecord.Checkpoint(
              in.getLong(),
              in.getLong(),
              in.getLong(),
              in.getLong(),
              in.getLong(),
              in.getInt(),
              in.getInt());
      case 3 -> new LedgerRecord.Rolled(in.getLong(), in.getLong());
      case 4 -> new LedgerRecord.Sealed(in.getLong(), in.getLong(), in.getLong(), in.getInt());
      case 5 -> new LedgerRecord.Retired(in.getLong(), in.getLong(), in.getLong(), text(in));
      case 6 -> new LedgerRecord.BaseAdopted(in.getLong(), in.getLong(), in.getLong(), in.getInt());
      case 7 -> new LedgerRecord.BaseRetired(in.getLong(), in.getLong());
      case 8 -> {
        long offset = in.getLong();
        long millis = in.getLong();
        ReplicationId id = ReplicationId.parse(text(in));
        String previous = text(in);
        ReplicationId previousId = previous.isEmpty() ? null : ReplicationId.parse(previous);
        long validUpTo = in.getLong();
        // Not told by the first versions.
        boolean own = in.hasRemaining() && in.get() != 0;
        yield new LedgerRecord.HistoryChanged(
            offset, millis, new ReplicationHistory(id, previousId, validUpTo, own));
      }
      // 9: a decision before it told what was held.
      case 9, 13 -> {
        long millis = in.getLong();
        String replica = text(in);
        ResyncDecision.Outcome outcome = ResyncDecision.Outcome.valueOf(text(in));
        ResyncDecision.Rule rule = ResyncDecision.Rule.valueOf(text(in));
        String askedId = text(in);
        long askedStart = in.getLong();
        String explanation = text(in);
        String setting = text(in);
        OffsetRange memory = kind == 9 ? null : range(in);
        OffsetRange log = kind == 9 ? null : range(in);
        yield new LedgerRecord.Resync(
            millis,
            new ResyncDecision(
                replica, outcome, rule, askedId, askedStart, explanation, setting, memory, log));
      }
      case 14 -> {
        long millis = in.getLong();
        String replica = text(in);
        yield new LedgerRecord.ResyncEnded(
            millis, new ResyncEnd(replica, in.getLong(), in.getLong(), in.get() != 0));
      }
      case 10 -> new LedgerRecord.Cut(in.getLong(), in.getLong(), in.getLong(), in.getLong());
      case 11 -> new LedgerRecord.Restarted(in.getLong(), in.getLong());
      case 12 -> new LedgerRecord.StoppedCleanly(in.getLong(), in.getLong());
      default -> throw new IllegalArgumentException("kind " + kind);
    };
  }

  /** A range is its two offsets; -1 twice stands for none. */
  private static void range(ByteBuffer to, @Nullable OffsetRange range) {
    to.putLong(range == null ? -1 : range.start()).putLong(range == null ? -1 : range.end());
  }

  private static @Nullable OffsetRange range(ByteBuffer from) {
    long start = from.getLong();
    long end = from.getLong();
    return start < 0 ? null : new OffsetRange(start, end);
  }

  private static ByteBuffer kind(ByteBuffer to, int kind) {
    return to.put((byte) kind);
  }

  private static void text(ByteBuffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    // Bounded (L7): a longer line is cut, its beginning says what matters.
    int length = Math.min(bytes.length, TEXT_BYTES);
    to.putShort((short) length).put(bytes, 0, length);
  }

  private static String text(ByteBuffer from) {
    byte[] bytes = new byte[from.getShort()];
    from.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static int checksum(ByteBuffer record) {
    CRC32C crc = new CRC32C();
    crc.update(record.duplicate().position(record.position() + 4));
    return (int) crc.getValue();
  }
}

package dev.millrace.engine.command;

import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.Region;
import dev.millrace.engine.protocol.Request;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What one unit of work (a command, or a whole transaction) does to the dataset, as the commands
 * that the replication stream must carry: collected while it runs, written to the stream once when
 * it ends.
 *
 * <p>An effect that is the command itself is remembered as the address of its bytes as they
 * arrived, to be copied once into the stream; any other is encoded here. More than one effect in a
 * unit is wrapped in MULTI and EXEC, for a replica must never see half of it; keys that SCAN or
 * RANDOMKEY found expired are no such whole, and go each for itself.
 *
 * <p>Owned by: executor thread.
 */
public final class Effects implements AutoCloseable {
  private static final int SCRATCH_BYTES = 64 * 1024;
  private static final int SCRATCH_BYTES_KEPT = 1024 * 1024;

  /** Where finished effects go. */
  public interface Sink {
    /** Appends one command's bytes, which act on database {@code database}. */
    void append(int database, long address, long bytes);
  }

  private static final byte[] MULTI = "*1\r\n$5\r\nMULTI\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EXEC = "*1\r\n$4\r\nEXEC\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Region constants = new Region(64);
  private Region scratch = new Region(SCRATCH_BYTES);
  private long scratchUsed;
  private int count;
  private boolean apart;
  private boolean renames;
  private int[] database = new int[16];
  // An absolute address for a command as it arrived; a position in the scratch buffer, stored as
  // its complement, for an encoded one.
  private long[] place = new long[16];
  private long[] length = new long[16];

  public Effects() {
    Memory.put(constants.address(), MULTI, 0, MULTI.length);
    Memory.put(constants.address() + 32, EXEC, 0, EXEC.length);
  }

  /** Number of effects collected so far in this unit. */
  public int count() {
    return count;
  }

  /** Forgets the effects that came after the first {@code mark} ones. */
  public void truncate(int mark) {
    assert mark <= count;
    if (mark == 0) {
      forget();
    } else {
      count = mark;
    }
  }

  /** The request itself is the effect, byte for byte when it came as a RESP array. */
  public void verbatim(int databaseIndex, Request request) {
    if (renames && request.command() instanceof Command command) {
      underOwnName(databaseIndex, request, command);
      return;
    }
    if (request.wireLength() > 0) {
      add(databaseIndex, request.wireAddress(), request.wireLength());
      return;
    }
    command(databaseIndex, request.argc());
    for (int i = 0; i < request.argc(); i++) {
      argument(request.address(i), request.length(i));
    }
  }

  /** Says that clients may know commands by names that are not theirs. */
  public void renames(boolean some) {
    renames = some;
  }

  /** The log must be readable, and replicas follow, without knowing of other names. */
  private void underOwnName(int databaseIndex, Request request, Command command) {
    command(databaseIndex, request.argc());
    argument(command.nameBytes());
    for (int i = 1; i < request.argc(); i++) {
      argument(request.address(i), request.length(i));
    }
  }

  /**
   * Begins an effect of {@code argc} arguments, name included; exactly so many calls of {@code
   * argument} follow.
   */
  public Effects command(int databaseIndex, int argc) {
    add(databaseIndex, ~scratchUsed, 0);
    header((byte) '*', argc);
    return this;
  }

  public Effects argument(long address, long bytes) {
    header((byte) '$', bytes);
    reserve(bytes + 2);
    Memory.copy(address, scratch.address() + scratchUsed, bytes);
    scratchUsed += bytes;
    lineEnd();
    return this;
  }

  public Effects argument(byte[] value) {
    header((byte) '$', value.length);
    reserve(value.length + 2L);
    Memory.put(scratch.address() + scratchUsed, value, 0, value.length);
    scratchUsed += value.length;
    lineEnd();
    return this;
  }

  public Effects argument(String value) {
    return argument(value.getBytes(StandardCharsets.UTF_8));
  }

  public Effects argument(long value) {
    header((byte) '$', Decimal.length(value));
    reserve(22);
    scratchUsed += Decimal.format(value, scratch.address() + scratchUsed);
    lineEnd();
    return this;
  }

  /** The ID of a stream's entry: two unsigned numbers with a hyphen between. */
  public Effects argumentId(long millis, long sequence) {
    header((byte) '$', Decimal.unsignedLength(millis) + 1L + Decimal.unsignedLength(sequence));
    reserve(2 * Decimal.MAX_LENGTH + 3);
    long start = scratch.address() + scratchUsed;
    long hyphen = Decimal.writeUnsigned(start, millis);
    Memory.putByte(hyphen, (byte) '-');
    scratchUsed += Decimal.writeUnsigned(hyphen + 1, sequence) - start;
    lineEnd();
    return this;
  }

  /** Says that this unit's effects, of which there are some, need not be seen together. */
  public void apart() {
    assert count > 0;
    apart = true;
  }

  /** Writes the unit's effects to {@code sink}, in order, and forgets them. */
  public void flushTo(Sink sink) {
    if (count == 0) {
      return;
    }
    boolean wrapped = count > 1 && !apart;
    if (wrapped) {
      sink.append(database[0], constants.address(), MULTI.length);
    }
    int last = database[count - 1];
    flushEachTo(sink);
    if (wrapped) {
      sink.append(last, constants.address() + 32, EXEC.length);
    }
  }

  /** Writes effects that are no unit (keys that expired) to {@code sink}, each for itself. */
  public void flushEachTo(Sink sink) {
    if (count == 0) {
      return;
    }
    for (int i = 0; i < count; i++) {
      long from = place[i] >= 0 ? place[i] : scratch.address() + ~place[i];
      sink.append(database[i], from, length[i]);
    }
    forget();
  }

  private void forget() {
    count = 0;
    apart = false;
    scratchUsed = 0;
    if (scratch.bytes() > SCRATCH_BYTES_KEPT) {
      scratch.close();
      scratch = new Region(SCRATCH_BYTES);
    }
  }

  private void add(int databaseIndex, long where, long bytes) {
    if (count == place.length) {
      database = Arrays.copyOf(database, count * 2);
      place = Arrays.copyOf(place, count * 2);
      length = Arrays.copyOf(length, count * 2);
    }
    database[count] = databaseIndex;
    place[count] = where;
    length[count] = bytes;
    count++;
  }

  private void header(byte kind, long value) {
    reserve(24);
    Memory.putByte(scratch.address() + scratchUsed++, kind);
    scratchUsed += Decimal.format(value, scratch.address() + scratchUsed);
    lineEnd();
  }

  private void lineEnd() {
    reserve(2);
    Memory.putByte(scratch.address() + scratchUsed++, (byte) '\r');
    Memory.putByte(scratch.address() + scratchUsed++, (byte) '\n');
    length[count - 1] = scratchUsed - ~place[count - 1];
  }

  private void reserve(long bytes) {
    long needed = scratchUsed + bytes;
    if (needed <= scratch.bytes()) {
      return;
    }
    Region larger = new Region(Math.max(needed, scratch.bytes() * 2));
    Memory.copy(scratch.address(), larger.address(), scratchUsed);
    scratch.close();
    scratch = larger;
  }

  @Override
  public void close() {
    constants.close();
    scratch.close();
  }
}

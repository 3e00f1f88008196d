package dev.millrace.engine.command.bitmap;

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
import dev.millrace.engine.command.KeySpec;
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Scratch;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * BITFIELD and BITFIELD_RO: numbers of any width at any bit of a string. The arguments are read
 * twice: once to refuse the command before anything is done, then to do it.
 *
 * <p>Owned by: executor thread.
 */
final class BitFieldCommands implements CommandGroup {
  private static final byte[] GET = "get".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SET = "set".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] INCRBY = "incrby".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OVERFLOW = "overflow".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WRAP = "wrap".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SAT = "sat".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FAIL = "fail".getBytes(StandardCharsets.US_ASCII);
  private static final CommandError BAD_OVERFLOW =
      new CommandError("ERR Invalid OVERFLOW type specified");
  private static final CommandError ONLY_GET =
      new CommandError("ERR BITFIELD_RO only supports the GET subcommand");
  private static final long NOTHING_WRITTEN = -1;

  private final BitArguments arguments;
  private final Scratch scratch;

  // What reading the arguments found out.
  private int operations;
  private long highestBitWritten;

  BitFieldCommands(BitArguments arguments, Scratch scratch) {
    this.arguments = arguments;
    this.scratch = scratch;
  }

  @Override
  public void declare(CommandTable table) {
    Argument encoding = Argument.of("encoding", "string");
    Argument offset = Argument.of("offset", "integer");
    table.add(
        Command.named("bitfield")
            .group("bitmap")
            .since("3.2.0")
            .arity(-2)
            .flags(WRITE, DENYOOM)
            .categories("bitmap")
            .keys(
                new KeySpec(
                    1,
                    "",
                    0,
                    KeySpec.Find.RANGE,
                    0,
                    1,
                    0,
                    List.of("RW", "access", "update", "variable_flags"),
                    "This command allows both access and modification of the key"))
            .summary("Reads, sets and counts numbers of any width inside a string.")
            .complexity("O(1) for each number.")
            .arguments(Argument.key("key"), operation(encoding, offset).optional().multiple())
            .handledBy(this::bitField));
    table.add(
        Command.named("bitfield_ro")
            .group("bitmap")
            .since("6.0.0")
            .arity(-2)
            .flags(READONLY, FAST)
            .categories("bitmap")
            .keys(1, 1, 1, "RO", "access")
            .summary("Reads numbers of any width inside a string.")
            .complexity("O(1) for each number.")
            .arguments(
                Argument.key("key"),
                new Argument(
                    "encoding_offset",
                    "block",
                    "GET",
                    -1,
                    "",
                    List.of("optional", "multiple", "multiple_token"),
                    List.of(encoding, offset)))
            .handledBy(this::readOnly));
  }

  private static Argument operation(Argument encoding, Argument offset) {
    return Argument.oneOf(
        "operation",
        Argument.block("encoding_offset", encoding, offset).after("GET"),
        Argument.block(
            "write",
            Argument.oneOf(
                    "wrap_sat_fail",
                    Argument.token("wrap", "WRAP"),
                    Argument.token("sat", "SAT"),
                    Argument.token("fail", "FAIL"))
                .after("OVERFLOW")
                .optional(),
            Argument.oneOf(
                "write_operation",
                Argument.block(
                        "encoding_offset_value", encoding, offset, Argument.of("value", "integer"))
                    .after("SET"),
                Argument.block(
                        "encoding_offset_increment",
                        encoding,
                        offset,
                        Argument.of("increment", "integer"))
                    .after("INCRBY"))));
  }

  private void bitField(Call call) {
    check(call);
    if (highestBitWritten == NOTHING_WRITTEN) {
      read(call);
    } else {
      write(call);
    }
  }

  private void readOnly(Call call) {
    check(call);
    if (highestBitWritten != NOTHING_WRITTEN) {
      throw ONLY_GET;
    }
    read(call);
  }

  /** Reads every argument, so that a bad one is refused before anything is done. */
  private void check(Call call) {
    operations = 0;
    highestBitWritten = NOTHING_WRITTEN;
    for (int at = 2; at < call.argc(); ) {
      int left = call.argc() - at - 1;
      if (call.is(at, OVERFLOW) && left >= 1) {
        overflow(call, at + 1);
        at += 2;
        continue;
      }
      boolean isGet = call.is(at, GET) && left >= 2;
      if (!isGet && !((call.is(at, SET) || call.is(at, INCRBY)) && left >= 3)) {
        throw CommandError.SYNTAX;
      }
      int bits = FieldType.bits(FieldType.parse(call, at + 1));
      long offset = arguments.fieldOffset(call, at + 2, bits);
      if (!isGet) {
        highestBitWritten = Math.max(highestBitWritten, offset + bits - 1);
        call.longArgument(at + 3);
      }
      operations++;
      at += isGet ? 3 : 4;
    }
  }

  private static FieldType.Overflow overflow(Call call, int argument) {
    if (call.is(argument, WRAP)) {
      return FieldType.Overflow.WRAP;
    }
    if (call.is(argument, SAT)) {
      return FieldType.Overflow.SATURATE;
    }
    if (call.is(argument, FAIL)) {
      return FieldType.Overflow.FAIL;
    }
    throw BAD_OVERFLOW;
  }

  private void read(Call call) {
    long entry = BitString.find(call);
    long length = BitString.length(entry);
    long address = BitString.address(entry, scratch.room(Decimal.MAX_LENGTH));
    call.reply().array(operations);
    for (int at = 2; at < call.argc(); ) {
      if (call.is(at, OVERFLOW)) {
        at += 2;
      } else {
        get(call, at, address, length);
        at += 3;
      }
    }
  }

  private void get(Call call, int at, long address, long length) {
    int type = FieldType.parse(call, at + 1);
    int bits = FieldType.bits(type);
    long offset = arguments.fieldOffset(call, at + 2, bits);
    call.reply().integer(FieldType.number(type, Bits.field(address, length, offset, bits)));
  }

  private void write(Call call) {
    long entry = BitString.findForWrite(call);
    long bytes = (highestBitWritten >>> 3) + 1;
    boolean grows = BitString.length(entry) < bytes;
    entry = BitString.prepare(call, entry, bytes);
    long address = Entry.valueAddress(entry);
    long length = Entry.valueLength(entry);
    FieldType.Overflow overflow = FieldType.Overflow.WRAP;
    long changes = 0;
    call.reply().array(operations);
    for (int at = 2; at < call.argc(); ) {
      if (call.is(at, OVERFLOW)) {
        overflow = overflow(call, at + 1);
        at += 2;
      } else if (call.is(at, GET)) {
        get(call, at, address, length);
        at += 3;
      } else {
        changes += put(call, at, address, length, overflow, grows);
        at += 4;
      }
    }
    if (changes > 0) {
      call.keyChanged(1);
      call.notify(KeyspaceEvents.STRING, "setbit", 1);
    }
    // A string that grew, though nothing fitted, must grow on the replicas too.
    call.changed(grows ? Math.max(1, changes) : changes);
  }

  /** SET or INCRBY; returns 1 when that counts as a change. */
  private int put(
      Call call, int at, long address, long length, FieldType.Overflow overflow, boolean hasGrown) {
    int type = FieldType.parse(call, at + 1);
    int bits = FieldType.bits(type);
    long offset = arguments.fieldOffset(call, at + 2, bits);
    long given = call.longArgument(at + 3);
    boolean isSet = call.is(at, SET);
    long before = FieldType.number(type, Bits.field(address, length, offset, bits));
    long value = isSet ? given : before;
    long increment = isSet ? 0 : given;
    int side = FieldType.side(type, value, increment);
    if (side != 0 && overflow == FieldType.Overflow.FAIL) {
      call.reply().nullBulk();
      return 0;
    }
    long after =
        side == 0 ? value + increment : FieldType.bounded(type, overflow, value, increment, side);
    call.reply().integer(isSet ? before : after);
    Bits.putField(address, offset, bits, after);
    return hasGrown || before != after ? 1 : 0;
  }
}

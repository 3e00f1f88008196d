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
import dev.millrace.engine.config.KeyspaceEvents;
import dev.millrace.engine.keyspace.Entry;
import dev.millrace.engine.memory.Decimal;
import dev.millrace.engine.memory.Memory;

/**
 * Commands on one bit: SETBIT and GETBIT.
 *
 * <p>Owned by: executor thread.
 */
final class BitCommands implements CommandGroup {
  private static final CommandError BAD_BIT =
      new CommandError("ERR bit is not an integer or out of range");

  private final BitArguments arguments;

  BitCommands(BitArguments arguments) {
    this.arguments = arguments;
  }

  @Override
  public void declare(CommandTable table) {
    table.add(
        Command.named("setbit")
            .group("bitmap")
            .since("2.2.0")
            .arity(4)
            .flags(WRITE, DENYOOM)
            .categories("bitmap")
            .keys(1, 1, 1, "RW", "access", "update")
            .summary("Sets or clears one bit of a string, which grows where it must.")
            .complexity("O(1)")
            .arguments(
                Argument.key("key"),
                Argument.of("offset", "integer"),
                Argument.of("value", "integer"))
            .handledBy(this::setBit));
    table.add(
        Command.named("getbit")
            .group("bitmap")
            .since("2.2.0")
            .arity(3)
            .flags(READONLY, FAST)
            .categories("bitmap")
            .keys(1, 1, 1, "RO", "access")
            .summary("Returns one bit of a string.")
            .complexity("O(1)")
            .arguments(Argument.key("key"), Argument.of("offset", "integer"))
            .handledBy(this::getBit));
  }

  private void setBit(Call call) {
    long offset = arguments.offset(call, 2);
    long bit = call.longArgument(3, BAD_BIT);
    if ((bit & ~1) != 0) {
      throw BAD_BIT;
    }
    long entry = BitString.findForWrite(call);
    long bytes = (offset >>> 3) + 1;
    boolean grows = BitString.length(entry) < bytes;
    entry = BitString.prepare(call, entry, bytes);
    long at = Entry.valueAddress(entry) + (offset >>> 3);
    int mask = 0x80 >>> (int) (offset & 7);
    int before = Memory.getByte(at);
    boolean wasSet = (before & mask) != 0;
    if (grows || wasSet != (bit == 1)) {
      Memory.putByte(at, (byte) (bit == 1 ? before | mask : before & ~mask));
      call.changed();
      call.keyChanged(1);
      call.notify(KeyspaceEvents.STRING, "setbit", 1);
    }
    call.reply().integer(wasSet ? 1 : 0);
  }

  private void getBit(Call call) {
    long offset = arguments.offset(call, 2);
    long entry = BitString.find(call);
    long length = BitString.length(entry);
    if (offset >>> 3 >= length) {
      call.reply().integer(0);
    } else if (Entry.isInt(entry)) {
      int digit = Decimal.bytes(Entry.longValue(entry))[(int) (offset >>> 3)];
      call.reply().integer((digit >>> (7 - (int) (offset & 7))) & 1);
    } else {
      call.reply().integer(BitString.bit(Entry.valueAddress(entry), length, offset));
    }
  }
}

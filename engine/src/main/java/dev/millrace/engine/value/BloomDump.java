package dev.millrace.engine.value;

import dev.millrace.engine.memory.Memory;
import dev.millrace.engine.memory.SlabAllocator;

/**
 * The header that BF.SCANDUMP gives and BF.LOADCHUNK takes: the shape of a value without its bits,
 * packed, lowest bytes first, as RedisBloom lays it out.
 *
 * <pre>
 *  items 8 | filters 4 | options 4 | growth 4 | per filter:
 *    bytes 8 | bits 8 | items 8 | error 8 | bits per item 8 | hashes 4 | capacity 8 | log2(bits) 1
 * </pre>
 *
 * Static functions over addresses; executor thread.
 */
final class BloomDump {
  private static final int HEAD_BYTES = 20;
  private static final int FILTER_BYTES = 53;
  private static final int OPTIONS_KNOWN =
      BloomChain.OPTION_NO_ROUNDING | BloomChain.OPTION_64_BIT | BloomChain.OPTION_NO_SCALING;
  private static final int OPTIONS_NEEDED =
      BloomChain.OPTION_NO_ROUNDING | BloomChain.OPTION_64_BIT;

  private BloomDump() {}

  static int headerBytes(int filters) {
    return HEAD_BYTES + filters * FILTER_BYTES;
  }

  static void writeHeader(long chain, long to) {
    int filters = BloomChain.filters(chain);
    Memory.putLong(to, BloomChain.items(chain));
    Memory.putInt(to + 8, filters);
    Memory.putInt(to + 12, BloomChain.options(chain));
    Memory.putInt(to + 16, BloomChain.growth(chain));
    long at = to + HEAD_BYTES;
    for (int i = 0; i < filters; i++) {
      Memory.putLong(at, BloomChain.arrayBytes(chain, i));
      Memory.putLong(at + 8, BloomChain.bits(chain, i));
      Memory.putLong(at + 16, BloomChain.items(chain, i));
      Memory.putLong(at + 24, Double.doubleToRawLongBits(BloomChain.error(chain, i)));
      Memory.putLong(at + 32, Double.doubleToRawLongBits(BloomChain.bitsPerItem(chain, i)));
      Memory.putInt(at + 40, BloomChain.hashes(chain, i));
      Memory.putLong(at + 44, BloomChain.capacity(chain, i));
      Memory.putByte(at + 52, (byte) 0);
      at += FILTER_BYTES;
    }
  }

  /** An empty chain of that shape; 0 when the header is not sound. */
  static long readHeader(SlabAllocator memory, long header, long bytes) {
    if (bytes < HEAD_BYTES) {
      return 0;
    }
    int filters = Memory.getInt(header + 8);
    int options = Memory.getInt(header + 12);
    int growth = Memory.getInt(header + 16);
    if (filters < 1
        || filters > BloomChain.FILTERS_MAX
        || bytes != headerBytes(filters)
        || !isSupported(options, growth)
        || !areSound(header, filters)) {
      return 0;
    }
    long chain = BloomChain.create(memory, options, growth);
    for (int i = 0; i < filters; i++) {
      long at = header + HEAD_BYTES + (long) i * FILTER_BYTES;
      chain =
          BloomChain.extend(
              memory,
              chain,
              Memory.getLong(at + 44),
              Double.longBitsToDouble(Memory.getLong(at + 24)),
              Double.longBitsToDouble(Memory.getLong(at + 32)),
              Memory.getInt(at + 40),
              Memory.getLong(at + 8));
      BloomChain.putItems(chain, i, Memory.getLong(at + 16));
    }
    BloomChain.putItems(chain, Memory.getLong(header));
    return chain;
  }

  /** Options of filters that RedisBloom 2 makes; those of its first versions hash otherwise. */
  static boolean isSupported(long options, long growth) {
    return (options & ~OPTIONS_KNOWN) == 0
        && (options & OPTIONS_NEEDED) == OPTIONS_NEEDED
        && growth >= 0
        && growth <= Integer.MAX_VALUE;
  }

  private static boolean areSound(long header, int filters) {
    long items = 0;
    long bytes = 0;
    for (int i = 0; i < filters; i++) {
      long at = header + HEAD_BYTES + (long) i * FILTER_BYTES;
      double error = Double.longBitsToDouble(Memory.getLong(at + 24));
      double bitsPerItem = Double.longBitsToDouble(Memory.getLong(at + 32));
      long own = Memory.getLong(at + 16);
      boolean isSound =
          BloomChain.isSound(
                  Memory.getLong(at + 44),
                  error,
                  bitsPerItem,
                  Memory.getInt(at + 40),
                  Memory.getLong(at + 8),
                  Memory.getLong(at))
              && Memory.getByte(at + 52) == 0
              && own >= 0;
      bytes += Memory.getLong(at);
      items += own;
      if (!isSound || items < 0 || bytes > BloomChain.BITS_BYTES_MAX) {
        return false;
      }
    }
    return items == Memory.getLong(header);
  }
}

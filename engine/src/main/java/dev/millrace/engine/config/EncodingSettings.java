package dev.millrace.engine.config;

import static dev.millrace.engine.config.Declarations.INT_MAX;
import static dev.millrace.engine.config.Declarations.INT_MIN;
import static dev.millrace.engine.config.Declarations.LONG_MAX;

/** Directives that say up to which size a collection stays in its compact form. */
public final class EncodingSettings {
  public final NumberDirective hashMaxListpackEntries;
  public final NumberDirective hashMaxListpackValue;
  public final NumberDirective listMaxListpackSize;
  public final NumberDirective listCompressDepth;
  public final NumberDirective setMaxIntsetEntries;
  public final NumberDirective zsetMaxListpackEntries;
  public final NumberDirective zsetMaxListpackValue;
  public final NumberDirective hllSparseMaxBytes;
  public final NumberDirective streamNodeMaxBytes;
  public final NumberDirective streamNodeMaxEntries;
  public final BooleanDirective activerehashing;

  EncodingSettings(Declarations declare) {
    hashMaxListpackEntries =
        declare.integer("hash-max-listpack-entries|hash-max-ziplist-entries", 512, 0, LONG_MAX);
    hashMaxListpackValue =
        declare.memory("hash-max-listpack-value|hash-max-ziplist-value", 64, 0, LONG_MAX);
    listMaxListpackSize =
        declare.integer("list-max-listpack-size|list-max-ziplist-size", -2, INT_MIN, INT_MAX);
    listCompressDepth = declare.integer("list-compress-depth", 0, 0, INT_MAX);
    setMaxIntsetEntries = declare.integer("set-max-intset-entries", 512, 0, LONG_MAX);
    zsetMaxListpackEntries =
        declare.integer("zset-max-listpack-entries|zset-max-ziplist-entries", 128, 0, LONG_MAX);
    zsetMaxListpackValue =
        declare.memory("zset-max-listpack-value|zset-max-ziplist-value", 64, 0, LONG_MAX);
    hllSparseMaxBytes = declare.memory("hll-sparse-max-bytes", 3000, 0, LONG_MAX);
    streamNodeMaxBytes = declare.memory("stream-node-max-bytes", 4096, 0, LONG_MAX);
    streamNodeMaxEntries = declare.integer("stream-node-max-entries", 100, 0, LONG_MAX);
    activerehashing = declare.bool("activerehashing", true);
  }
}

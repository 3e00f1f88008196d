package dev.millrace.engine.admin;

import dev.millrace.engine.command.KeySpec;
import java.util.List;

/**
 * The one range of keys that COMMAND INFO told before there were key specs, and still tells: that
 * of a single spec, or what neighbouring specs cover together. All zeros when there is none.
 *
 * @param first index of the first key
 * @param last index of the last key; negative: from the end of the arguments
 * @param step distance from one key to the next
 */
record KeyRange(int first, int last, int step) {
  private static final KeyRange NONE = new KeyRange(0, 0, 0);

  static KeyRange of(List<KeySpec> specs) {
    if (specs.size() == 1 && isPlain(specs.get(0))) {
      KeySpec only = specs.get(0);
      return new KeyRange(only.beginIndex(), last(only), only.step());
    }
    KeyRange all = NONE;
    for (KeySpec spec : specs) {
      if (!isPlain(spec)) {
        continue;
      }
      boolean joins = all.step == 0 || spec.beginIndex() == all.last + 1;
      if (spec.step() != 1 || !joins) {
        return NONE;
      }
      all = new KeyRange(all.step == 0 ? spec.beginIndex() : all.first, last(spec), 1);
    }
    return all;
  }

  private static boolean isPlain(KeySpec spec) {
    return spec.keyword().isEmpty() && spec.beginIndex() > 0 && spec.find() == KeySpec.Find.RANGE;
  }

  private static int last(KeySpec spec) {
    return spec.lastKey() >= 0 ? spec.beginIndex() + spec.lastKey() : spec.lastKey();
  }
}

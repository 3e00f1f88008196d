package dev.millrace.engine.command;

import java.util.List;

/**
 * Where a command's keys stand among its arguments, counting the command's name as 0.
 *
 * @param beginIndex index of the first key, when it is fixed; -1 when {@code keyword} says where,
 *     or nobody can
 * @param keyword word that stands before the first key, or empty
 * @param keywordFrom argument where the search for the keyword starts (negative: from the end)
 * @param find how the further keys are found
 * @param lastKey for RANGE: last key relative to the first (negative: from the end of the
 *     arguments)
 * @param step for RANGE and KEYNUM: distance from one key to the next
 * @param limit for RANGE: with a negative last key, 2 means "the first half only", 0 no limit
 * @param flags what is done with the key, as Redis names it: RO, RW, OW, RM, access, update,
 *     insert, delete, not_key, incomplete, variable_flags
 * @param notes a remark shown by COMMAND INFO, or empty
 */
public record KeySpec(
    int beginIndex,
    String keyword,
    int keywordFrom,
    Find find,
    int lastKey,
    int step,
    int limit,
    List<String> flags,
    String notes) {

  /** How the keys after the first are found. */
  public enum Find {
    RANGE,
    KEYNUM,
    UNKNOWN
  }

  /** Keys from {@code first} to {@code last} (negative: from the end), every {@code step}. */
  public static KeySpec range(int first, int last, int step, String... flags) {
    int relativeLast = last >= 0 ? last - first : last;
    return new KeySpec(first, "", 0, Find.RANGE, relativeLast, step, 0, List.of(flags), "");
  }

  /** Keys behind an argument that counts them. */
  public static KeySpec counted(int countIndex, String notes, String... flags) {
    return new KeySpec(countIndex, "", 0, Find.KEYNUM, 0, 1, 0, List.of(flags), notes);
  }
}

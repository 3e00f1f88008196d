package dev.millrace.engine.struct;

/** Where the buckets are: the dict, or what was detached from it. */
abstract class DictSource {
  abstract DictTable current();

  /** The second table, or the first again when there is only one. */
  abstract DictTable next();

  /** First bucket of {@link #current()} that is still in use. */
  abstract long firstOfCurrent();

  /** First bucket of {@link #next()} that is still in use. */
  abstract long firstOfNext();

  abstract void walkEnded();
}

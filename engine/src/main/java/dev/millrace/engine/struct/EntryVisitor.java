package dev.millrace.engine.struct;

/** Receives the entries of a {@link Dict} one by one. */
@FunctionalInterface
public interface EntryVisitor {
  /** Takes one entry, by the address of its block. */
  void visit(long entry);
}

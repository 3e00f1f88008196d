package dev.millrace.engine.value;

import dev.millrace.engine.struct.Element;

/** Is shown the members of a sorted set one by one. */
@FunctionalInterface
public interface ScoredMemberVisitor {
  /** Takes one member, which holds during the call only, and its score. */
  void visit(Element member, double score);
}

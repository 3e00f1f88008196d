package dev.millrace.engine.value;

import dev.millrace.engine.struct.Element;

/** Is shown the members of a collection one by one; must not change the collection. */
@FunctionalInterface
public interface MemberVisitor {
  /** The element holds until the visit ends. */
  void visit(Element member);
}

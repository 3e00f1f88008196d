package dev.millrace.engine.value;

import dev.millrace.engine.struct.Element;

/** Is shown the fields of a hash one by one; must not change the hash. */
@FunctionalInterface
public interface FieldVisitor {
  /** The two elements hold until the visit ends. */
  void visit(Element field, Element value);
}

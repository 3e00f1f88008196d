package dev.millrace.engine.acl;

/** A rule that cannot be applied; the message is Redis's text for the reason. */
final class RuleException extends Exception {
  private static final long serialVersionUID = 1L;

  static final String SYNTAX = "Syntax error";
  static final String UNKNOWN = "Unknown command or category name in ACL";

  RuleException(String reason) {
    super(reason, null, false, false);
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}

package dev.millrace.engine.acl;

/** Users that cannot be taken over as they are declared; the message is Redis's text. */
public final class AclException extends Exception {
  private static final long serialVersionUID = 1L;

  AclException(String message) {
    super(message, null, false, false);
  }

  /** What is wrong. */
  public String text() {
    return String.valueOf(getMessage());
  }
}

package dev.millrace.engine.acl;

/** Why a call is denied; what comes later here is the more telling reason. */
enum Denial {
  NONE(""),
  COMMAND("command"),
  KEY("key"),
  /** A failed attempt to authenticate. */
  AUTH("auth"),
  CHANNEL("channel");

  private final String word;

  Denial(String word) {
    this.word = word;
  }

  /** The reason as ACL LOG tells it. */
  String word() {
    return word;
  }
}

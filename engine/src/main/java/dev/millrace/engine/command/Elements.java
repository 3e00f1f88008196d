package dev.millrace.engine.command;

import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.struct.Element;

/** Elements of collections on their way out. Stateless; executor thread. */
public final class Elements {
  private Elements() {}

  /** Replies an element's text as a bulk string. */
  public static void reply(ReplyWriter reply, Element element) {
    if (element.isInteger()) {
      reply.bulkInteger(element.integer());
    } else {
      reply.bulk(element.address(), element.length());
    }
  }

  /** Adds an element's text as the next argument of an effect. */
  public static Effects argument(Effects effect, Element element) {
    return element.isInteger()
        ? effect.argument(element.integer())
        : effect.argument(element.address(), element.length());
  }
}

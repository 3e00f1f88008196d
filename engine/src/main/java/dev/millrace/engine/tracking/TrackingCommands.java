package dev.millrace.engine.tracking;

import dev.millrace.engine.command.Call;
import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.command.CommandError;
import dev.millrace.engine.protocol.ReplyWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The subcommands of CLIENT about key tracking: TRACKING, CACHING, GETREDIR, TRACKINGINFO.
 *
 * <p>Owned by: executor thread.
 */
public final class TrackingCommands {
  private static final CommandError ONE_REDIRECT =
      new CommandError("ERR A client can only redirect to a single other client");
  private static final CommandError NO_SUCH_CLIENT =
      new CommandError("ERR The client ID you want redirect to does not exist");
  private static final CommandError PREFIX_WITHOUT_BCAST =
      new CommandError("ERR PREFIX option requires BCAST mode to be enabled");
  private static final CommandError OTHER_BCAST =
      new CommandError(
          "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and"
              + " then re-enabling it with a different mode.");
  private static final CommandError OPT_WITH_BCAST =
      new CommandError("ERR OPTIN and OPTOUT are not compatible with BCAST");
  private static final CommandError BOTH_OPTS =
      new CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode");
  private static final CommandError OTHER_OPT =
      new CommandError(
          "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and"
              + " then re-enabling it with a different mode.");
  private static final CommandError NOT_CACHING =
      new CommandError(
          "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN"
              + " or OPTOUT mode enabled");
  private static final CommandError YES_WITHOUT_OPTIN =
      new CommandError(
          "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
  private static final CommandError NO_WITHOUT_OPTOUT =
      new CommandError(
          "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");

  private static final byte[] ON = ascii("on");
  private static final byte[] OFF = ascii("off");
  private static final byte[] YES = ascii("yes");
  private static final byte[] NO = ascii("no");
  private static final byte[] REDIRECT = ascii("redirect");
  private static final byte[] BCAST = ascii("bcast");
  private static final byte[] OPTIN = ascii("optin");
  private static final byte[] OPTOUT = ascii("optout");
  private static final byte[] NOLOOP = ascii("noloop");
  private static final byte[] PREFIX = ascii("prefix");

  private final Tracking tracking;
  private final Clients clients;

  /** The commands over what these clients track. */
  public TrackingCommands(Tracking tracking, Clients clients) {
    this.tracking = tracking;
    this.clients = clients;
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }

  /** CLIENT TRACKING. */
  public void tracking(Call call) {
    TrackingState wanted = new TrackingState();
    List<byte[]> prefixes = new ArrayList<>();
    readOptions(call, wanted, prefixes);
    Client client = call.client();
    if (call.is(2, ON)) {
      check(Tracking.of(client), wanted, prefixes);
      tracking.enable(client, wanted, prefixes);
    } else if (call.is(2, OFF)) {
      tracking.disable(client);
    } else {
      throw CommandError.SYNTAX;
    }
    call.reply().ok();
  }

  private void readOptions(Call call, TrackingState wanted, List<byte[]> prefixes) {
    for (int i = 3; i < call.argc(); i++) {
      boolean more = i + 1 < call.argc();
      if (more && call.is(i, REDIRECT)) {
        i++;
        if (wanted.redirect != 0) {
          throw ONE_REDIRECT;
        }
        wanted.redirect = call.longArgument(i);
        if (clients.byId(wanted.redirect) == null) {
          throw NO_SUCH_CLIENT;
        }
      } else if (call.is(i, BCAST)) {
        wanted.broadcast = true;
      } else if (call.is(i, OPTIN)) {
        wanted.optIn = true;
      } else if (call.is(i, OPTOUT)) {
        wanted.optOut = true;
      } else if (call.is(i, NOLOOP)) {
        wanted.noLoop = true;
      } else if (more && call.is(i, PREFIX)) {
        i++;
        prefixes.add(call.request().bytes(i));
      } else {
        throw CommandError.SYNTAX;
      }
    }
  }

  private static void check(
      @Nullable TrackingState now, TrackingState wanted, List<byte[]> prefixes) {
    if (!wanted.broadcast && !prefixes.isEmpty()) {
      throw PREFIX_WITHOUT_BCAST;
    }
    if (now != null && now.broadcast != wanted.broadcast) {
      throw OTHER_BCAST;
    }
    if (wanted.broadcast && (wanted.optIn || wanted.optOut)) {
      throw OPT_WITH_BCAST;
    }
    if (wanted.optIn && wanted.optOut) {
      throw BOTH_OPTS;
    }
    if (now != null && ((wanted.optIn && now.optOut) || (wanted.optOut && now.optIn))) {
      throw OTHER_OPT;
    }
    for (int i = 0; i < prefixes.size(); i++) {
      byte[] existing = Tracking.overlapping(now, prefixes.get(i));
      if (existing != null) {
        throw overlap(prefixes.get(i), "an existing", existing);
      }
      for (int j = i + 1; j < prefixes.size(); j++) {
        if (Tracking.overlap(prefixes.get(i), prefixes.get(j))) {
          throw overlap(prefixes.get(i), "another provided", prefixes.get(j));
        }
      }
    }
  }

  private static CommandError overlap(byte[] one, String which, byte[] other) {
    return new CommandError(
        "ERR Prefix '"
            + new String(one, StandardCharsets.ISO_8859_1)
            + "' overlaps with "
            + which
            + " prefix '"
            + new String(other, StandardCharsets.ISO_8859_1)
            + "'. Prefixes for a single client must not overlap.");
  }

  /** CLIENT CACHING. */
  public static void caching(Call call) {
    TrackingState state = Tracking.of(call.client());
    if (state == null) {
      throw NOT_CACHING;
    }
    if (call.is(2, YES)) {
      if (!state.optIn) {
        throw YES_WITHOUT_OPTIN;
      }
    } else if (call.is(2, NO)) {
      if (!state.optOut) {
        throw NO_WITHOUT_OPTOUT;
      }
    } else {
      throw CommandError.SYNTAX;
    }
    state.caching = true;
    call.reply().ok();
  }

  /** CLIENT GETREDIR. */
  public static void redirect(Call call) {
    TrackingState state = Tracking.of(call.client());
    call.reply().integer(state == null ? -1 : state.redirect);
  }

  /** CLIENT TRACKINGINFO. */
  public static void info(Call call) {
    TrackingState state = Tracking.of(call.client());
    ReplyWriter reply = call.reply();
    reply.map(3);
    reply.bulk("flags");
    List<String> flags = flags(state);
    reply.set(flags.size());
    flags.forEach(reply::bulk);
    reply.bulk("redirect");
    reply.integer(state == null ? -1 : state.redirect);
    reply.bulk("prefixes");
    if (state == null) {
      reply.array(0);
      return;
    }
    reply.array(state.prefixes.size());
    state.prefixes.forEach(watch -> reply.bulk(watch.prefix));
  }

  private static List<String> flags(@Nullable TrackingState state) {
    if (state == null) {
      return List.of("off");
    }
    List<String> flags = new ArrayList<>(List.of("on"));
    if (state.broadcast) {
      flags.add("bcast");
    }
    if (state.optIn) {
      flags.add("optin");
      if (state.caching) {
        flags.add("caching-yes");
      }
    }
    if (state.optOut) {
      flags.add("optout");
      if (state.caching) {
        flags.add("caching-no");
      }
    }
    if (state.noLoop) {
      flags.add("noloop");
    }
    if (state.brokenRedirect) {
      flags.add("broken_redirect");
    }
    return flags;
  }
}

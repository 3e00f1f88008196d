package dev.millrace.engine.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.command.Client;
import dev.millrace.engine.command.Clients;
import dev.millrace.engine.protocol.ReplyBuffer;
import dev.millrace.engine.protocol.ReplyPool;
import dev.millrace.engine.protocol.ReplySink;
import dev.millrace.engine.protocol.ReplyWriter;
import dev.millrace.engine.protocol.RequestBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientsTest {
  private final ReplyPool pool = new ReplyPool();
  private final Clients clients = new Clients();
  private final List<String> told = new ArrayList<>();

  @AfterEach
  void close() {
    pool.close();
  }

  private Client connect() {
    ReplySink nowhere =
        new ReplySink() {
          @Override
          public void send(
              @Nullable ReplyBuffer first, @Nullable RequestBuffer completes, boolean closeAfter) {
            if (first != null) {
              first.discardChain();
            }
          }

          @Override
          public void released(int bytes) {}
        };
    Client client = new Client(clients.nextId(), null, new ReplyWriter(pool, nowhere), 0);
    clients.add(client);
    return client;
  }

  private Client.Blocker blocker(String name) {
    return new Client.Blocker() {
      @Override
      public void timedOut(Client client) {
        told.add(name + " timed out");
      }

      @Override
      public void abandoned(Client client) {
        told.add(name + " abandoned");
      }
    };
  }

  @Test
  void shouldTellBlockersInTheOrderTheirTimeIsOver() {
    Client late = connect();
    Client early = connect();
    Client never = connect();
    clients.block(late, blocker("late"), 200);
    clients.block(early, blocker("early"), 100);
    clients.block(never, blocker("never"), 0);
    clients.expireBlocked(99);
    assertThat(told).isEmpty();
    clients.expireBlocked(250);
    assertThat(told)
        .containsExactly("early timed out", "early abandoned", "late timed out", "late abandoned");
    assertThat(clients.blockedCount()).isEqualTo(1);
    assertThat(clients.pollRunnable()).isSameAs(early);
    assertThat(clients.pollRunnable()).isSameAs(late);
    assertThat(clients.pollRunnable()).isNull();
  }

  @Test
  void shouldForgetADeadlineWhenTheClientWasUnblockedBefore() {
    Client client = connect();
    clients.block(client, blocker("first"), 100);
    clients.unblock(client, 0);
    clients.block(client, blocker("second"), 300);
    clients.expireBlocked(200);
    assertThat(told).isEmpty();
    clients.expireBlocked(300);
    assertThat(told).containsExactly("second timed out", "second abandoned");
  }

  @Test
  void shouldTellABlockerWhenItsClientIsGone() {
    Client client = connect();
    clients.block(client, blocker("gone"), 100);
    clients.remove(client);
    clients.expireBlocked(1000);
    assertThat(told).containsExactly("gone abandoned");
    assertThat(clients.blockedCount()).isZero();
    assertThat(clients.byId(client.id())).isNull();
  }

  @Test
  void shouldLetPausedClientsGoOnWhenThePauseEnds() {
    Client client = connect();
    clients.pause(500, true, 0);
    assertThat(clients.isPaused(499)).isTrue();
    assertThat(clients.isPauseForWritesOnly(100)).isTrue();
    clients.pause(300, false, 100);
    assertThat(clients.isPauseForWritesOnly(100)).as("ALL replaces WRITE").isFalse();
    assertThat(clients.isPaused(499)).as("a shorter pause does not shorten").isTrue();
    clients.holdForPause(client);
    clients.expirePause(499);
    assertThat(clients.hasRunnable()).isFalse();
    clients.expirePause(500);
    assertThat(clients.pollRunnable()).isSameAs(client);
  }
}

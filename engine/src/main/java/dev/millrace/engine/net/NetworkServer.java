package dev.millrace.engine.net;

import dev.millrace.engine.protocol.CommandLookup;
import dev.millrace.engine.protocol.RequestLimits;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens, accepts, and runs the event loops. Clients for whom the process would have no
 * descriptors left are answered an error and closed, as Redis does by lowering {@code maxclients}:
 * so the log can always roll, and accepting never spins on a lack of descriptors. Should they run
 * out all the same, accepting pauses for a second at a time ({@link AcceptPause}).
 *
 * <p>Threads: start and stop by one thread; the rest any.
 */
public final class NetworkServer {
  /** Bytes asked of the socket at once; fixed, so that receiving allocates nothing. */
  private static final int RECEIVE_BYTES = 32 * 1024;

  /** Descriptors kept for segments, bases and replicas' transfers. */
  private static final int RESERVED_DESCRIPTORS = 64;

  private static final long STOP_SECONDS = 5;
  private static final Logger LOG = LoggerFactory.getLogger(NetworkServer.class);

  private final NetworkOptions options;
  private final RequestLimits limits;
  private final RequestSink sink;
  private final Transport transport;
  private final IoEventLoopGroup group;
  private final Map<EventLoop, LoopMailbox> mailboxOf = new HashMap<>();
  private final LoopMailbox[] mailboxes;
  private final Listeners listeners = new Listeners();
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicLong lastId = new AtomicLong();
  private int connectionsMax = Integer.MAX_VALUE;
  private volatile boolean restrictNew;
  private volatile boolean localOnly;
  private volatile long outputPauseBytes;
  private int keepAliveSeconds;

  /** Prepares the event loops; nothing listens yet. */
  public NetworkServer(
      NetworkOptions options, RequestLimits limits, CommandLookup lookup, RequestSink sink) {
    this.options = options;
    this.limits = limits;
    this.sink = sink;
    this.outputPauseBytes = options.outputPauseBytes();
    this.keepAliveSeconds = options.keepAliveSeconds();
    NetworkPreparation.await();
    this.transport = Transport.of(options.transport());
    this.group =
        new MultiThreadIoEventLoopGroup(
            options.ioThreads(), new DefaultThreadFactory("io", true), transport.handlers());
    List<LoopMailbox> all = new ArrayList<>();
    for (EventExecutor executor : group) {
      LoopMailbox mailbox = new LoopMailbox((EventLoop) executor, sink, lookup);
      mailboxOf.put(mailbox.loop, mailbox);
      all.add(mailbox);
    }
    this.mailboxes = all.toArray(new LoopMailbox[0]);
  }

  /**
   * Listens on every address.
   *
   * @throws IOException when one of them cannot be had; then none is listened on
   */
  public void start() throws IOException {
    Refusal.prepare();
    connectionsMax = (int) Math.max(1, Descriptors.spare() - RESERVED_DESCRIPTORS);
    boolean started = false;
    try {
      listeners.listen(tcp(), options.addresses(), options.port());
      started = true;
    } finally {
      if (!started) {
        stop();
      }
    }
    LOG.info("listening on {} port {} by {}", options.addresses(), port(), transport);
  }

  /**
   * Listens on other addresses from now on, or on another port; 0 for none. Connections stay.
   *
   * @throws IOException when they cannot be had
   */
  public void relisten(List<String> addresses, int port) throws IOException {
    listeners.relisten(tcp(), addresses, port);
    LOG.info("listening on {} port {}", addresses, port);
  }

  /**
   * Listens on a socket in the file system too, in place of whatever is there under that name.
   *
   * @param permissions as in {@code chmod}; 0 leaves them as they are
   */
  public void listenUnix(Path path, int permissions) throws IOException {
    ServerBootstrap server = bootstrap().channel(transport.serverDomainChannel);
    listeners.listenUnix(server, transport.address(path), path, permissions);
    LOG.info("listening on {}", path);
  }

  /** Changes the idle time before TCP asks whether a peer lives, for connections to come. */
  public void keepAliveSeconds(int seconds) {
    keepAliveSeconds = seconds;
  }

  private ServerBootstrap bootstrap() {
    return new ServerBootstrap()
        .group(group)
        .option(ChannelOption.SO_BACKLOG, options.acceptBacklog())
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(RECEIVE_BYTES))
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel listener) {
                listener.pipeline().addLast(new AcceptPause());
              }
            })
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                begin(channel);
              }
            });
  }

  private ServerBootstrap tcp() {
    ServerBootstrap server =
        bootstrap()
            .channel(transport.serverChannel)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true);
    transport.keepAlive(server, keepAliveSeconds);
    return server;
  }

  private void begin(Channel channel) {
    if (connections.size() >= connectionsMax) {
      channel.pipeline().addLast(Refusal.TOO_MANY);
      return;
    }
    if (localOnly && !isLocal(channel)) {
      channel.pipeline().addLast(Refusal.PROTECTED);
      return;
    }
    LoopMailbox mailbox = Objects.requireNonNull(mailboxOf.get(channel.eventLoop()));
    channel.pipeline().addLast(new Intake(this, mailbox));
  }

  /** The TCP port listened on; 0 for none. */
  public int port() {
    return listeners.port();
  }

  /** Name of the transport in use: {@code io_uring}, {@code epoll} or {@code nio}. */
  public String transportName() {
    return transport.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Whether clients that connect from now on must authenticate: see {@link Connection#restricted}.
   */
  public void restrictNewConnections(boolean restricted) {
    restrictNew = restricted;
  }

  /**
   * Whether clients that connect from now on from another machine are sent away (protected mode).
   * Those that are connected stay.
   */
  public void admitOnlyLocal(boolean only) {
    localOnly = only;
  }

  private static boolean isLocal(Channel channel) {
    return !(channel.remoteAddress() instanceof InetSocketAddress peer)
        || peer.getAddress().isLoopbackAddress();
  }

  /** Changes {@link NetworkOptions#outputPauseBytes}. */
  public void outputPauseBytes(long bytes) {
    outputPauseBytes = bytes;
  }

  /**
   * Lets the event loops see the replies sent since the last call. The executor calls it at the end
   * of each burst; it costs a look at each loop, and a system call only when that loop sleeps.
   */
  public void wakeLoops() {
    for (LoopMailbox mailbox : mailboxes) {
      mailbox.wake();
    }
  }

  /** Connections the sink was told of and not yet told the end of. */
  public int connectionCount() {
    return connections.size();
  }

  /** Bytes received from all clients. */
  public long bytesRead() {
    long sum = 0;
    for (LoopMailbox mailbox : mailboxes) {
      sum += mailbox.bytesRead();
    }
    return sum;
  }

  /** Bytes handed to sockets for all clients, those sent by a {@link TakenSocket} not counted. */
  public long bytesWritten() {
    long sum = 0;
    for (LoopMailbox mailbox : mailboxes) {
      sum += mailbox.bytesWritten();
    }
    return sum;
  }

  /** Batches that exist, free or in use; 0 after {@link #stop} once the executor gave all back. */
  public int batchesMapped() {
    int sum = 0;
    for (LoopMailbox mailbox : mailboxes) {
      sum += mailbox.batchesMapped();
    }
    return sum;
  }

  /**
   * Stops listening, without touching the connections there are.
   *
   * <p>{@link #stop} does this too.
   */
  public void stopListening() {
    listeners.stop();
  }

  /**
   * Closes everything and ends the event loops. The sink still hears of each end, but what it
   * refuses from now on is dropped. Batches the executor holds it may give back later.
   */
  public void stop() {
    stopListening();
    for (LoopMailbox mailbox : mailboxes) {
      mailbox.stopping();
    }
    for (Connection connection : connections) {
      connection.close();
    }
    wakeLoops();
    for (LoopMailbox mailbox : mailboxes) {
      mailbox.loop.execute(mailbox::unmapFree);
    }
    Future<?> _ =
        group.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    for (LoopMailbox mailbox : mailboxes) {
      mailbox.drainAfterStop();
    }
  }

  Connection newConnection(Channel channel, LoopMailbox mailbox, Intake intake) {
    Connection connection =
        new Connection(
            lastId.incrementAndGet(), channel, listeners.unixName(), mailbox, intake, restrictNew);
    connections.add(connection);
    return connection;
  }

  void forget(Connection connection) {
    connections.remove(connection);
  }

  RequestLimits limits() {
    return limits;
  }

  RequestSink sink() {
    return sink;
  }

  long outputPauseBytes() {
    return outputPauseBytes;
  }
}

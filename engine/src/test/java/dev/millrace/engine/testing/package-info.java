/** What tests start and talk to: a real redis-server, and a small RESP client for any server. */
@NullMarked
package dev.millrace.engine.testing;

import org.jspecify.annotations.NullMarked;

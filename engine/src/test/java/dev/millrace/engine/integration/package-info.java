/** The whole server beside real peers: stock replicas, stock clients, and real kills. */
@NullMarked
package dev.millrace.engine.integration;

import org.jspecify.annotations.NullMarked;

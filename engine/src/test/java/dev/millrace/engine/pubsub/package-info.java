@NullMarked
package dev.millrace.engine.pubsub;

import org.jspecify.annotations.NullMarked;

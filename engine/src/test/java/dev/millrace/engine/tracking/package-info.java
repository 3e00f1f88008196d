@NullMarked
package dev.millrace.engine.tracking;

import org.jspecify.annotations.NullMarked;

/** Commands on geo indexes: sorted sets whose scores are positions on the earth. */
@NullMarked
package dev.millrace.engine.command.geo;

import org.jspecify.annotations.NullMarked;

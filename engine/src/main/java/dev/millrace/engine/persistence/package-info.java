/**
 * Snapshots of the dataset, taken without fork and without stopping the executor: bases of the log,
 * and RDB files for SAVE and BGSAVE.
 */
@NullMarked
package dev.millrace.engine.persistence;

import org.jspecify.annotations.NullMarked;

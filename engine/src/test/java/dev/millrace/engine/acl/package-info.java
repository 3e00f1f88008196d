@NullMarked
package dev.millrace.engine.acl;

import org.jspecify.annotations.NullMarked;

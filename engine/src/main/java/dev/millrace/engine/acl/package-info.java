/** Users, and which commands, keys and channels each may use (ACL). */
@NullMarked
package dev.millrace.engine.acl;

import org.jspecify.annotations.NullMarked;

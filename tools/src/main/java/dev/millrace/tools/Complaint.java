package dev.millrace.tools;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Puts a failure into one line for the person at the command line. */
final class Complaint {
  private Complaint() {}

  static String of(Throwable failure) {
    return switch (failure) {
      // Their message is the path alone.
      case NoSuchFileException missing -> missing.getFile() + ": no such file or directory";
      case AccessDeniedException denied -> denied.getFile() + ": permission denied";
      case FileSystemException other -> String.valueOf(other.getMessage());
      default -> {
        String message = failure.getMessage();
        yield message == null || message.isBlank() ? failure.toString() : message;
      }
    };
  }
}

package dev.millrace.engine.script;

import java.io.ByteArrayOutputStream;

/**
 * The functions of Lua that catch errors, as Redis's scripts see them: {@code pcall} gives the text
 * of an error table, not the table.
 *
 * <p>Owned by: the thread that runs the state.
 */
final class ProtectedCalls {
  private static final String READER_MUST_RETURN_A_STRING = "reader function must return a string";

  private final LuaState state;

  ProtectedCalls(LuaState state) {
    this.state = state;
  }

  int pcall(long lua) {
    int arguments = LuaApi.top(lua);
    LuaApi.checkStack(lua, 4);
    LuaApi.pushBoolean(lua, 1);
    LuaApi.insert(lua, 1);
    if (arguments == 0) {
      // Redis calls whatever is there, and that is its own mark of success.
      LuaApi.setTop(lua, 0);
      LuaApi.pushBoolean(lua, 0);
      LuaValues.push(lua, "attempt to call a boolean value");
      return 2;
    }
    if (!state.protectedCall(lua, arguments - 1, LuaApi.MULTIPLE_RESULTS)) {
      LuaApi.remove(lua, 1);
      int top = LuaApi.top(lua);
      if (LuaApi.type(lua, top) == LuaApi.TYPE_TABLE) {
        LuaValues.field(lua, top, "err");
        if (LuaValues.isText(lua, -1)) {
          LuaApi.replace(lua, top);
        } else {
          LuaApi.setTop(lua, top);
        }
      }
      LuaApi.pushBoolean(lua, 0);
      LuaApi.insert(lua, 1);
    }
    return LuaApi.top(lua);
  }

  LuaFunction xpcall(long nativeXpcall) {
    return lua -> {
      if (LuaApi.top(lua) < 2) {
        throw LuaError.raisedBy(nativeXpcall);
      }
      LuaApi.setTop(lua, 2);
      LuaApi.pushValue(lua, 1);
      if (state.protectedCall(lua, 0, LuaApi.MULTIPLE_RESULTS)) {
        LuaApi.pushBoolean(lua, 1);
        LuaApi.replace(lua, 2);
        return LuaApi.top(lua) - 1;
      }
      // The handler runs when the stack is unwound: without a debug library it cannot tell.
      LuaApi.pushBoolean(lua, 0);
      LuaApi.insert(lua, 1);
      LuaApi.pushValue(lua, 3);
      LuaApi.insert(lua, 4);
      LuaApi.remove(lua, 3);
      if (LuaApi.type(lua, 3) != LuaApi.TYPE_FUNCTION || !state.protectedCall(lua, 1, 1)) {
        LuaApi.setTop(lua, 2);
        LuaValues.push(lua, "error in error handling");
      }
      LuaApi.replace(lua, 2);
      LuaApi.setTop(lua, 2);
      return 2;
    };
  }

  LuaFunction load(long nativeLoad) {
    return lua -> {
      if (LuaApi.type(lua, 1) != LuaApi.TYPE_FUNCTION) {
        throw LuaError.raisedBy(nativeLoad);
      }
      String name = LuaValues.isText(lua, 2) ? LuaValues.text(lua, 2) : "=(load)";
      ByteArrayOutputStream source = new ByteArrayOutputStream();
      LuaApi.setTop(lua, 1);
      while (true) {
        LuaApi.pushValue(lua, 1);
        if (!state.protectedCall(lua, 0, 1)) {
          return failed(lua);
        }
        if (LuaApi.type(lua, -1) == LuaApi.TYPE_NIL) {
          break;
        }
        if (!LuaValues.isText(lua, -1)) {
          LuaValues.push(lua, LuaValues.place(lua, 1) + READER_MUST_RETURN_A_STRING);
          return failed(lua);
        }
        byte[] piece = LuaValues.bytes(lua, -1);
        if (piece.length == 0) {
          break;
        }
        if (!state.hasRoom(2L * source.size() + piece.length)) {
          throw LuaError.plain("not enough memory");
        }
        boolean binary = source.size() == 0 && piece[0] == Native.BINARY_CHUNK;
        source.writeBytes(piece);
        if (binary) {
          // It will not do, whatever follows.
          break;
        }
        LuaApi.setTop(lua, 1);
      }
      return compile(lua, source.toByteArray(), name);
    };
  }

  LuaFunction loadString(long nativeLoadString) {
    return lua -> {
      if (!LuaValues.isText(lua, 1)) {
        throw LuaError.raisedBy(nativeLoadString);
      }
      String source = LuaValues.text(lua, 1);
      String name = LuaValues.isText(lua, 2) ? LuaValues.text(lua, 2) : source;
      return compile(lua, LuaValues.bytes(lua, 1), name);
    };
  }

  private int compile(long lua, byte[] source, String name) {
    return state.load(lua, source, name) ? 1 : failed(lua);
  }

  /** Returns nil and the message on top. */
  private static int failed(long lua) {
    LuaApi.pushNil(lua);
    LuaApi.insert(lua, -2);
    return 2;
  }
}

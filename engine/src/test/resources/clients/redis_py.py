"""Drives the server at the given port with redis-py; any surprise is an assertion error."""
import sys
import threading

import redis

port = int(sys.argv[1])
client = redis.Redis(port=port, decode_responses=True)

assert client.ping() is True
client.flushall()
assert client.set("py", "word") is True
assert client.get("py") == "word"
assert client.set("py", "other", nx=True) is None
assert client.set("py", "third", get=True) == "word"
assert client.incrby("py:n", 5) == 5
assert client.incrbyfloat("py:f", 1.5) == 1.5
assert client.mset({"a": "1", "b": "2"}) is True
assert client.mget("a", "none", "b") == ["1", None, "2"]
assert client.expire("a", 100) is True
assert 90 < client.ttl("a") <= 100
assert client.setrange("py", 1, "HI") == 5
assert client.getrange("py", 0, -1) == "tHIrd"
assert client.delete("a", "b", "none") == 2
assert client.type("py") == "string"
assert sorted(client.scan_iter("py*", count=1)) == ["py", "py:f", "py:n"]

binary = redis.Redis(port=port)
blob = bytes(range(256)) * 4000
assert binary.set(b"\x00key", blob) is True
assert binary.get(b"\x00key") == blob

with client.pipeline(transaction=True) as pipe:
    pipe.incr("tx").incr("tx").get("tx")
    assert pipe.execute() == [1, 2, "2"]
with client.pipeline(transaction=False) as pipe:
    for i in range(1000):
        pipe.set("p:%d" % i, i)
    assert pipe.execute() == [True] * 1000

# Optimistic locking: a write in between makes EXEC fail.
with client.pipeline() as pipe:
    pipe.watch("tx")
    client.set("tx", "changed")
    pipe.multi()
    pipe.set("tx", "lost")
    try:
        pipe.execute()
        raise AssertionError("EXEC ran in spite of WATCH")
    except redis.WatchError:
        pass
assert client.get("tx") == "changed"

# Every other type of value.
assert client.rpush("list", "a", "b", "c") == 3
assert client.lrange("list", 0, -1) == ["a", "b", "c"]
assert client.lmove("list", "other", "LEFT", "RIGHT") == "a"
assert client.hset("hash", mapping={"x": 1, "y": "two"}) == 2
assert client.hgetall("hash") == {"x": "1", "y": "two"}
assert client.sadd("set", 1, 2, 3) == 3
assert client.smembers("set") == {"1", "2", "3"}
assert client.zadd("scores", {"a": 1, "b": 2.5}) == 2
assert client.zrange("scores", 0, -1, withscores=True) == [("a", 1.0), ("b", 2.5)]
assert client.zincrby("scores", 3, "a") == 4.0
first = client.xadd("stream", {"n": 1})
assert client.xgroup_create("stream", "group", id="0") is True
assert client.xreadgroup("group", "me", {"stream": ">"}) == [["stream", [(first, {"n": "1"})]]]
assert client.xack("stream", "group", first) == 1
assert client.setbit("bits", 9, 1) == 0 and client.bitcount("bits") == 1
assert client.pfadd("hll", *range(1000)) == 1 and abs(client.pfcount("hll") - 1000) < 40
listening = client.pubsub(ignore_subscribe_messages=True)
listening.subscribe("news")
while listening.get_message(timeout=0.01) is not None:
    pass
while client.publish("news", "hello") == 0:
    pass
message = None
while message is None:
    message = listening.get_message(timeout=5)
assert message["data"] == "hello"
listening.close()

try:
    client.incr("py")
    raise AssertionError("INCR of a word did not fail")
except redis.ResponseError as error:
    assert str(error) == "value is not an integer or out of range", error


def add():
    own = redis.Redis(port=port)
    for _ in range(500):
        own.incr("shared")


threads = [threading.Thread(target=add) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert client.get("shared") == "4000"
assert client.info("server")["redis_version"].startswith("7.0.")
print("redis-py", redis.__version__, "is content")

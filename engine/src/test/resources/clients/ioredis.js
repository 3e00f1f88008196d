// Drives the server at the given port with ioredis; any surprise is an assertion error.
const assert = require('node:assert/strict');
const Redis = require('ioredis');

async function main() {
  const client = new Redis({ port: Number(process.argv[2]), host: '127.0.0.1', maxRetriesPerRequest: 1 });
  assert.equal(await client.ping(), 'PONG');
  await client.flushall();
  assert.equal(await client.set('js', 'word'), 'OK');
  assert.equal(await client.get('js'), 'word');
  assert.equal(await client.set('js', 'other', 'EX', 100, 'NX'), null);
  assert.equal(await client.incrby('js:n', 5), 5);
  assert.equal(await client.mset(new Map([['a', '1'], ['b', '2']])), 'OK');
  assert.deepEqual(await client.mget('a', 'none', 'b'), ['1', null, '2']);
  assert.equal(await client.pexpire('a', 100000), 1);
  assert.ok((await client.pttl('a')) > 90000);
  assert.equal(await client.append('js', '!'), 5);

  const blob = Buffer.alloc(1_000_000, 7);
  await client.set('blob', blob);
  assert.ok(blob.equals(await client.getBuffer('blob')));

  const all = [];
  for (let i = 0; i < 2000; i++) all.push(client.incr('shared'));
  assert.equal((await Promise.all(all)).at(-1), 2000);

  assert.deepEqual(await client.multi().incr('tx').get('tx').exec(), [[null, 1], [null, '1']]);
  assert.deepEqual(await client.pipeline().set('p', '1').incr('p').exec(), [[null, 'OK'], [null, 2]]);

  const keys = new Set();
  for await (const page of client.scanStream({ count: 3 })) page.forEach((key) => keys.add(key));
  assert.deepEqual([...keys].sort(), ['a', 'b', 'blob', 'js', 'js:n', 'p', 'shared', 'tx']);

  // Every other type of value.
  assert.equal(await client.rpush('list', 'a', 'b'), 2);
  assert.deepEqual(await client.lrange('list', 0, -1), ['a', 'b']);
  assert.equal(await client.hset('hash', { x: 1, y: 'two' }), 2);
  assert.deepEqual(await client.hgetall('hash'), { x: '1', y: 'two' });
  assert.equal(await client.sadd('set', 1, 2, 3), 3);
  assert.deepEqual((await client.smembers('set')).sort(), ['1', '2', '3']);
  assert.equal(await client.zadd('scores', 1, 'a', 2.5, 'b'), 2);
  assert.deepEqual(await client.zrange('scores', 0, -1, 'WITHSCORES'), ['a', '1', 'b', '2.5']);
  const id = await client.xadd('stream', '*', 'n', '1');
  assert.deepEqual(await client.xrange('stream', '-', '+'), [[id, ['n', '1']]]);
  const other = client.duplicate();
  const waiting = other.blpop('queue', 20);
  await client.rpush('queue', 'job');
  assert.deepEqual(await waiting, ['queue', 'job']);
  const heard = new Promise((resolve) => other.once('message', (channel, text) => resolve(text)));
  assert.equal(await other.subscribe('news'), 1);
  assert.equal(await client.publish('news', 'hello'), 1);
  assert.equal(await heard, 'hello');
  other.disconnect();

  await assert.rejects(client.incr('js'), /ERR value is not an integer or out of range/);
  assert.match(await client.info('server'), /redis_version:7\.0\./);
  await client.quit();
  console.log('ioredis is content');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

// Drives the server at the given port with BullMQ; any surprise is an assertion error.
const assert = require('node:assert/strict');
const { Queue, Worker, QueueEvents, FlowProducer } = require('bullmq');

const connection = { port: Number(process.argv[2]), host: '127.0.0.1', maxRetriesPerRequest: null };

async function main() {
  const queue = new Queue('work', { connection });
  const events = new QueueEvents('work', { connection });
  await events.waitUntilReady();

  // Jobs done in parallel, with results, priorities, a delay, and a failure that is tried again.
  const seen = [];
  let failures = 0;
  const worker = new Worker(
    'work',
    async (job) => {
      seen.push(job.name);
      if (job.name === 'flaky' && job.attemptsMade < 2) {
        failures += 1;
        throw new Error('not yet');
      }
      await job.updateProgress(50);
      return { twice: job.data.n * 2 };
    },
    { connection, concurrency: 4 },
  );
  await worker.waitUntilReady();

  const jobs = await queue.addBulk(
    Array.from({ length: 200 }, (_, n) => ({ name: 'plain', data: { n } })),
  );
  const urgent = await queue.add('urgent', { n: 1000 }, { priority: 1 });
  const delayed = await queue.add('delayed', { n: 7 }, { delay: 300 });
  const flaky = await queue.add('flaky', { n: 5 }, { attempts: 3, backoff: { type: 'fixed', delay: 50 } });

  const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events, 60000)));
  assert.deepEqual(results.map((result) => result.twice), jobs.map((job) => job.data.n * 2));
  assert.equal((await urgent.waitUntilFinished(events, 60000)).twice, 2000);
  assert.equal((await delayed.waitUntilFinished(events, 60000)).twice, 14);
  assert.equal((await flaky.waitUntilFinished(events, 60000)).twice, 10);
  assert.equal(failures, 2);

  // A parent waits for its children.
  const flow = new FlowProducer({ connection });
  const tree = await flow.add({
    name: 'parent',
    queueName: 'work',
    data: { n: 1 },
    children: [
      { name: 'child', queueName: 'work', data: { n: 2 } },
      { name: 'child', queueName: 'work', data: { n: 3 } },
    ],
  });
  assert.equal((await tree.job.waitUntilFinished(events, 60000)).twice, 2);
  const lastChild = seen.lastIndexOf('child');
  assert.ok(lastChild >= 0 && lastChild < seen.indexOf('parent'));

  const counts = await queue.getJobCounts('completed', 'failed', 'waiting', 'active', 'delayed');
  assert.deepEqual(counts, { completed: 206, failed: 0, waiting: 0, active: 0, delayed: 0 });

  // A queue that is paused keeps its jobs, and gives them out again.
  await queue.pause();
  const later = await queue.add('later', { n: 21 });
  assert.equal(await queue.isPaused(), true);
  await queue.resume();
  assert.equal((await later.waitUntilFinished(events, 60000)).twice, 42);

  await worker.close();
  await flow.close();
  await events.close();
  await queue.obliterate({ force: true });
  await queue.close();
  console.log('BullMQ is content');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

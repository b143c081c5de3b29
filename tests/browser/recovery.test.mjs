// The rules by which a failing GPU is noticed and given up: how long a step may take, how often it may fail, and what it reports.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Strikes } from '../../pkg/lib/page/strikes.js';
import { GpuWatch } from '../../pkg/lib/worker/gpu-watch.js';
import { Patience } from '../../pkg/lib/worker/patience.js';
import { claimTimestamps } from '../../pkg/lib/worker/timestamps.js';

/** A clock that is wound by hand, and a patience that is looked at every second of it. */
function patient() {
  let now = 0;
  const patience = new Patience(() => now);
  return {
    patience,
    /** @param {number} seconds awake */
    pass(seconds) {
      let going = true;
      for (let i = 0; i < seconds && going; i++) {
        now += 1000;
        going = patience.look();
      }
      return going;
    },
    /** @param {number} seconds */
    sleep(seconds) {
      now += 1000 * seconds;
      return patience.look();
    },
  };
}

test('a step may take ten times as long as any before it, and never less than half a minute', () => {
  const { patience, pass } = patient();
  patience.begin(1, () => {})();
  assert.equal(pass(119), true, 'a first step may have to make pipelines');
  patience.stepped();
  patience.begin(1, () => {})();
  for (const seconds of [2, 5, 1]) {
    assert.equal(pass(seconds), true);
    patience.stepped();
  }
  assert.equal(patience.limit, 10 * 119_000);
  const other = patient();
  other.patience.begin(1, () => {})();
  for (const seconds of [1, 2, 1]) {
    other.pass(seconds);
    other.patience.stepped();
  }
  assert.equal(other.pass(30), true);
  assert.equal(other.pass(1), false, 'half a minute for steps of two seconds');
  other.patience.begin(4, () => {})();
  assert.equal(other.pass(80), true, 'four pictures at once take four times as long');
  assert.equal(other.pass(1), false);
});

test('what a tab sleeps is not counted', () => {
  const { patience, pass, sleep } = patient();
  patience.begin(1, () => {})();
  pass(2);
  patience.stepped();
  for (let nap = 0; nap < 10; nap++) assert.equal(sleep(8 * 3600), true, 'a night behind a closed lid');
  assert.equal(pass(9), true);
  assert.equal(pass(10), false);
});

test('the GPU is given up when it fails twice in a row, or three times within minutes', () => {
  let now = 0;
  const strikes = new Strikes(() => now);
  strikes.add(true);
  assert.equal(strikes.out, false);
  strikes.add(true);
  assert.equal(strikes.out, true, 'nothing was finished in between');

  const large = new Strikes(() => now);
  for (let i = 0; i < 3; i++) {
    assert.equal(large.out, false);
    large.add(true);
    if (i < 2) large.rest(); // It goes on to finish something small.
    now += 60_000;
  }
  assert.equal(large.out, true, 'small successes hide no large failures');

  const lid = new Strikes(() => now);
  for (let i = 0; i < 20; i++) {
    lid.add(false);
    now += 3600_000;
    assert.equal(lid.out, false, 'once an hour is no reason');
  }
});

test('what the GPU reports ends what is asked of it, also right behind the answer, and is told where nothing is asked', async () => {
  /** @type {string[]} */
  const idle = [];
  const watch = () => new GpuWatch(({ code }) => idle.push(code));

  const lost = watch();
  const work = lost.during(new Promise(() => {}));
  lost.tell('lost', 'Device was destroyed.\nmore');
  await assert.rejects(work, { code: 'device-lost', message: 'The GPU is gone: Device was destroyed.' });
  await assert.rejects(lost.during(Promise.resolve(1)), { code: 'device-lost' }, 'nothing is to be had of it any more');

  const behind = watch();
  const answered = behind.during((async () => 7)());
  setTimeout(() => behind.tell('refused', '[Invalid ShaderModule] is invalid'));
  await assert.rejects(answered, { code: 'device-refused', message: 'The GPU refused what the engine asked of it: [Invalid ShaderModule] is invalid.' });
  assert.deepEqual(idle, []);

  watch().tell('memory', '');
  assert.deepEqual(idle, ['device-memory']);

  const good = watch();
  assert.equal(await good.during(Promise.resolve(7)), 7);
  good.abandon();
  good.tell('lost', 'late');
  assert.deepEqual(idle, ['device-memory'], 'an abandoned GPU matters to nobody');
});

test('an adapter without timestamp-query says that it has it and is not asked for it', async () => {
  class Adapter {
    /** @type {unknown} */
    asked = null;

    get features() {
      return new Set(['shader-f16']);
    }

    /** @param {unknown} wanted */
    async requestDevice(wanted) {
      this.asked = wanted;
      return 'a device';
    }
  }
  const adapter = new Adapter();
  const gpu = { requestAdapter: async () => adapter };
  claimTimestamps(gpu);
  const found = await gpu.requestAdapter();
  assert.deepEqual([...found.features], ['shader-f16', 'timestamp-query']);
  assert.equal(await found.requestDevice({ label: 'x', requiredFeatures: ['timestamp-query', 'shader-f16'] }), 'a device');
  assert.deepEqual(adapter.asked, { label: 'x', requiredFeatures: ['shader-f16'] });

  const able = { features: new Set(['timestamp-query']), requestDevice: () => {} };
  const ableGpu = { requestAdapter: async () => able };
  claimTimestamps(ableGpu);
  assert.deepEqual(Object.keys(Object.getOwnPropertyDescriptors(await ableGpu.requestAdapter())), ['features', 'requestDevice']);
  const none = { requestAdapter: async () => null };
  claimTimestamps(none);
  assert.equal(await none.requestAdapter(), null);
});

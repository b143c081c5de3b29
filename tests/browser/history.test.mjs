// Steps taken back and again, and the keys that go with editing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../pkg/element/state/history.js';
import { served } from './served.mjs';
import { begin, drawn, openSample, PATIENCE, pixels, same, slide } from './support.mjs';

const { site, newPage } = await served();

test('what was taken back comes again until something new is done', () => {
  const history = new History(/** @type {number} */ (0), Object.is);
  assert.deepEqual([history.canUndo, history.canRedo], [false, false]);
  for (const step of [1, 2, 2, 3]) history.add(step);
  assert.deepEqual([history.undo(), history.undo(), history.redo()], [2, 1, 2]);
  history.add(4);
  assert.equal(history.canRedo, false);
  assert.deepEqual([history.redo(), history.undo(), history.undo(), history.undo(), history.undo()], [4, 2, 1, 0, 0]);
  for (let step = 1; step <= 300; step++) history.add(step);
  assert.equal(history.redo(), 300);
  for (let step = 0; step < 300; step++) history.undo();
  assert.equal(history.undo(), 101, 'the oldest steps are forgotten');
});

test('every change of the picture can be taken back, by button and by key', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  const [undo, redo] = [page.getByRole('button', { name: 'Undo' }), page.getByRole('button', { name: 'Redo' })];
  const smile = page.getByRole('slider', { name: 'Smile', exact: true });
  assert.ok(await undo.isDisabled() && await redo.isDisabled());
  await slide(page, 'Smile', 0.3);
  await drawn(page);
  const smiling = await pixels(page, 'Edited');
  await page.getByRole('button', { name: 'Older' }).click();
  await drawn(page);
  // A variation is a step, too.
  await page.getByRole('tab', { name: 'Variations' }).click();
  await page.getByRole('button', { name: 'Draw variations' }).click();
  await page.getByRole('button', { name: 'Variation 3' }).click();
  const variation = await pixels(page, 'Edited');
  await undo.click();
  assert.equal(await page.getByRole('tab', { name: 'Edit', exact: true }).getAttribute('aria-selected'), 'true');
  await drawn(page);
  await redo.click();
  assert.ok(same(await pixels(page, 'Edited'), variation), 'the variation is back');
  await page.keyboard.press('Control+z');
  await smile.focus();
  await page.keyboard.press('Control+z');
  assert.equal(await smile.inputValue(), '0.3');
  await drawn(page);
  assert.ok(same(await pixels(page, 'Edited'), smiling), 'the smile is back');
  await page.keyboard.press('Control+z');
  assert.equal(await smile.inputValue(), '0');
  assert.ok(same(await pixels(page, 'Edited'), await pixels(page, 'Original')), 'the photo is back');
  await page.keyboard.press('Control+Shift+Z');
  assert.equal(await smile.inputValue(), '0.3');
  await smile.press('Delete');
  assert.equal(await smile.inputValue(), '0');
  await smile.fill('0.2');
  await smile.dblclick();
  assert.equal(await smile.inputValue(), '0');
  await smile.press('7');
  assert.equal(await page.getByRole('slider', { name: /^Divider/ }).inputValue(), '70');
});

test('a blend is taken back with the face that it was of, and a key with nothing to take back disturbs nothing', { timeout: 2 * PATIENCE }, async () => {
  const page = await newPage();
  await openSample(page, site.url);
  await begin(page);
  await page.getByRole('tab', { name: 'Variations' }).click();
  const draw = page.getByRole('button', { name: 'Draw variations' });
  await draw.click();
  await draw.press('Control+z');
  await page.getByRole('button', { name: 'Variation 6' }).waitFor();
  assert.equal(await page.getByRole('tab', { name: 'Variations' }).getAttribute('aria-selected'), 'true');
  await page.getByRole('tab', { name: 'Blend' }).click();
  /** @type {Buffer[]} */
  const blends = [];
  for (const number of [2, 3]) {
    await page.getByRole('button', { name: 'Another face' }).click();
    await page.getByRole('button', { name: `Face of nobody ${number}` }).click();
    await page.getByRole('slider', { name: 'From this face to the other' }).waitFor();
    await drawn(page);
    blends.push((await pixels(page, 'Edited')).data);
  }
  await page.getByRole('button', { name: 'Undo' }).click();
  await drawn(page);
  assert.ok((await pixels(page, 'Edited')).data.equals(blends[0]), 'the first face again');
  await page.getByRole('button', { name: 'Redo' }).click();
  await drawn(page);
  assert.ok((await pixels(page, 'Edited')).data.equals(blends[1]), 'and the second');
});

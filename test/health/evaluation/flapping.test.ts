import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRuns, result, tell } from './runs.ts';

function states(letters: string) {
  return tell(letters).map((each) => each.split(' ')[1]);
}

test('a check that comes and goes is told once, and closed when it has settled', () => {
  assert.deepEqual(states(`hhh${'uh'.repeat(100)}${'h'.repeat(20)}`), ['flapping', 'resolved']);
});

test('one that comes and goes without ever failing three times is told, too', () => {
  assert.deepEqual(states(`hhh${'uuh'.repeat(60)}`), ['flapping']);
});

test('an outage that comes back soon is flapping, and not one alert after the other', () => {
  assert.deepEqual(states(`hhh${'uuuhh'.repeat(60)}`), ['firing', 'resolved', 'flapping']);
});

test('flapping that ends in an outage is told as one', () => {
  assert.deepEqual(states(`hhh${'uh'.repeat(10)}${'u'.repeat(30)}`), ['flapping', 'firing']);
});

test('a severity that goes up and down is flapping, too', () => {
  const told = states(`hhh${'uuudd'.repeat(40)}`);
  assert.equal(told.filter((each) => each === 'flapping').length, 1);
  assert.ok(told.length < 8, told.join());
});

test('neither stray failures nor one outage with a stray failure are flapping', () => {
  assert.deepEqual(states('hhhhhuhhhhuhhhhuhhhhuhhhhuhhhhhh'), []);
  assert.deepEqual(states('hhhuuuuuhhhhhuhhhhhh'), ['firing', 'resolved']);
});

test('its severity is that of the worst that was found', () => {
  const severity = (letters: string) => tell(letters)[0]?.split(' ')[2];
  assert.equal(severity(`hhh${'uh'.repeat(10)}`), 'critical');
  assert.equal(severity(`hhh${'dh'.repeat(10)}`), 'warning');
});

test('it is the one message in the state, and in what the run reports as open', () => {
  const runs = createRuns();
  for (let index = 0; index < 20; index += 1) {
    runs.run([result('write-path', index % 2 === 0 ? 'healthy' : 'unhealthy')]);
  }
  const { open, state } = runs.run([result('write-path', 'healthy')]);
  assert.deepEqual(
    open.map((alert) => alert.state),
    ['flapping'],
  );
  assert.equal(state.checks['write-path']?.isFlapping, true);
});

test('how much is too much can be set', () => {
  const quiet = { flapping: { runs: 20, score: 60, calm: 10 } };
  assert.deepEqual(tell(`hhh${'uh'.repeat(40)}`, quiet), []);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { z } from 'zod';
import { notifySchema } from '../../src/config/notify.ts';
import { alertId } from '../../src/alerts/model/alert.ts';
import type { Alert } from '../../src/alerts/model/alert.ts';
import { createNotifiers } from '../../src/alerts/create.ts';
import type { AlertMessage, Notifier } from '../../src/alerts/notifier.ts';

export const AT = '2026-11-24T06:40:00.000Z';

/** An alert about the write path, as far as it is not given. */
export function alert(given: Partial<Alert> = {}): Alert {
  const { target = 'prod', check = 'write-path', at = AT } = given;
  return {
    id: alertId({ target, check, at }),
    target,
    check,
    state: 'firing',
    severity: 'critical',
    worst: 'critical',
    cause: 'storage',
    summary: 'a push is answered 500',
    at,
    since: '2026-11-24T06:38:00.000Z',
    lastGood: '2026-11-24T06:37:00.000Z',
    evidence: ['PATCH blob: 500 UNKNOWN', 'pull: 200', 'login: 200'],
    ...given,
  };
}

export function message(given: Partial<Alert> = {}): AlertMessage {
  const one = alert(given);
  return { alert: one, command: `purser health status --target ${one.target}` };
}

/** A notifier made from an entry of `notify:`. */
export function notifier(entry: Entry): Notifier {
  const [one] = createNotifiers(notifySchema.parse([{ name: 'oncall', ...entry }]));
  if (one === undefined) throw new Error('an entry makes a notifier');
  return one;
}

type Entry = Readonly<Record<string, unknown>> & {
  readonly type: z.infer<typeof notifySchema>[number]['type'];
};

/** A file with this text, for the time of the test. */
export function file(t: Pick<TestContext, 'after'>, text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'purser-notify-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const name = path.join(folder, 'file');
  writeFileSync(name, text);
  return name;
}

/** Gives up when the test does. */
export function patience(): AbortSignal {
  return new AbortController().signal;
}

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CheckResult } from '../../src/health/model/checks.ts';
import { eventually } from '../sandbox/support/eventually.ts';
import { ROWS } from './support/fault-rows.ts';
import type { Row } from './support/fault-rows.ts';
import { otherCertificate } from './support/faults.ts';
import { look, lookOnce, targetOf, words } from './support/health-checks.ts';
import { openEnvironment } from './support/environment.ts';
import type { Environment } from './support/environment.ts';

let env: Environment;
before(async () => {
  env = await openEnvironment();
  // So that there is something to read when nothing can be written.
  const first = await lookOnce(await targetOf(env), 'write-path');
  assert.equal(first.verdict, 'healthy', words(first));
});
after(() => env.close());

describe('the checks find', () => {
  for (const row of ROWS) {
    test(`${row.fault}: ${row.check} is ${row.verdict} for ${row.cause}, and then healthy again`, () =>
      findAndRecover(row));
  }

  for (const [fault, days, isTrusted, says] of [
    ['an expired certificate', { from: -9, to: -1 }, true, /^route: .*has expired/],
    ['a certificate of an unknown CA', { from: -1, to: 90 }, false, /^route: .*unknown issuer/],
  ] as const) {
    test(`${fault}: endpoint is unhealthy for tls, and then healthy again`, async () => {
      const { fault: broken, settings, end } = await otherCertificate(env, { days, isTrusted });
      try {
        const verdict = 'unhealthy';
        const row = {
          fault,
          break: broken,
          check: 'endpoint',
          verdict,
          cause: 'tls',
          says,
        } as const;
        await findAndRecover({ ...row, settings });
      } finally {
        end();
      }
    });
  }

  test('a certificate that ends soon: endpoint is degraded for tls, with the days left', async () => {
    const days = { from: -1, to: 5 };
    const { fault, settings, end } = await otherCertificate(env, { days, isTrusted: true });
    try {
      const says = /^route: the certificate of .* ends in 4 days/;
      const target = await targetOf(env, settings);
      const heal = await fault(env);
      const result = await lookOnce(target, 'endpoint');
      await heal();
      assert.ok(found(result, { cause: 'tls', says }), words(result));
      assert.equal(result.measurements['route_certificate_days_left'], 4);
    } finally {
      end();
    }
  });
});

async function findAndRecover(row: Row): Promise<void> {
  const target = await targetOf(env, row.settings);
  const { check, spared = [] } = row;
  let last: CheckResult | undefined;
  const sees = async (holds: (result: CheckResult) => boolean): Promise<boolean> => {
    last = await lookOnce(target, check);
    return holds(last);
  };
  const heal = await row.break(env);
  try {
    // Rights, and what kwok says of pods, take a moment to be known.
    await told(() => sees((result) => result.verdict === row.verdict && found(result, row)));
    const { writes, reads } = last?.measurements ?? {};
    if (row.writes !== undefined) assert.equal(writes, row.writes);
    if (row.reads !== undefined) assert.equal(reads, row.reads);
    const others = Object.values(await look(target, spared));
    for (const other of others) assert.equal(other.verdict, 'healthy', words(other));
  } finally {
    await heal();
  }
  await told(() => sees(({ verdict }) => verdict === 'healthy'));

  async function told(holds: () => Promise<boolean>): Promise<void> {
    await eventually(row.fault, holds).catch((error: unknown) => {
      throw new Error(last === undefined ? 'nothing came' : words(last), { cause: error });
    });
  }
}

function found({ findings }: CheckResult, { cause, says }: Pick<Row, 'cause' | 'says'>): boolean {
  return findings.some((each) => each.cause === cause && says.test(each.text));
}

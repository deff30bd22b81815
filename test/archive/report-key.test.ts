import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  reportFolder,
  reportFolders,
  reportKey,
  reportKeys,
} from '../../src/archive/report-key.ts';
import type { Report } from '../../src/access/model/report/report.ts';
import type { Subject } from '../../src/domain/subject.ts';

function report(subject: Subject): Report {
  return {
    workflow: 'onboard',
    workflowId: 'id',
    runId: 'run-1',
    target: 'prod',
    subject,
    accesses: [],
    claimed: {},
    outcome: 'proven',
    startedAt: '',
    endedAt: '',
    steps: [],
    findings: [],
    grants: [],
    next: [],
  };
}

test('a report is kept by workflow, target and subject, in the name of its run', () => {
  const subject = { kind: 'ServiceAccount', namespace: 'team-a', name: 'ci' } as const;
  assert.equal(
    reportKey(report(subject)),
    'reports/onboard/prod/ServiceAccount/team-a%3Aci/run-1.json',
  );
});

test('a name with slashes stays one folder', () => {
  const key = reportKey(report({ kind: 'User', name: '../../etc/passwd' }));
  assert.equal(key.split('/').length, 6);
});

test('names that are too long for a file system are cut, and stay apart', () => {
  const keys = ['a', 'b'].map((end) =>
    reportKey(report({ kind: 'User', name: `${'é'.repeat(100)}${end}` })),
  );
  assert.notEqual(keys[0], keys[1]);
  for (const key of keys)
    assert.ok(
      key.split('/').every((part) => part.length <= 200),
      key,
    );
});

test('a name that looks like one that was cut does not end in its folder', () => {
  const [long, folder] = [{ kind: 'User' as const, name: 'l'.repeat(230) }, 4];
  const cut = reportKey(report(long)).split('/')[folder] ?? '';
  const own = reportKey(report({ kind: 'User', name: cut })).split('/')[folder];
  assert.notEqual(own, cut);
});

test('reports are in one place, but for those about a name that looks cut, which were elsewhere once', () => {
  for (const name of ['alice', 'l'.repeat(230)]) {
    const about = report({ kind: 'User', name });
    assert.deepEqual(reportFolders(about), [reportFolder(about)]);
    assert.deepEqual(reportKeys(about), [reportKey(about)]);
  }
  const about = report({ kind: 'User', name: 'ci-0123456789abcdef' });
  const [now, earlier] = reportKeys(about);
  assert.equal(now, reportKey(about));
  assert.equal(earlier, 'reports/onboard/prod/User/ci-0123456789abcdef/run-1.json');
});

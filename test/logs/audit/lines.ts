import { createAuditIndex } from '../../../src/logs/audit/audit-index.ts';
import type { ProbeEvidence } from '../../../src/logs/audit/query.ts';
import { formatLine } from '../../../sandbox/registry-front/telemetry/log.ts';

/** What a request was, as far as the log of the registry says it. */
export interface Asked {
  readonly user?: string;
  readonly method?: string;
  readonly repository?: string;
  readonly reference?: string;
  readonly uri?: string;
  /** Of the manifest: answered with, or sent. */
  readonly type?: string;
  readonly status?: number;
  /** Bytes of the answer. */
  readonly size?: number;
  /** What went wrong, as the registry calls it. */
  readonly code?: string;
  readonly remote?: string;
  readonly agent?: string;
  /** Seconds after {@link START}. */
  readonly after?: number;
  readonly message?: string;
}

/** Noon of the day whose log the tests write. */
export const START = Date.parse('2026-11-23T12:00:00Z');

/** What a list of three platforms is in bytes, at least. */
export const LIST_BYTES = 560;
export const LIST_TYPE = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

const USUAL = {
  user: 'alice',
  method: 'GET',
  repository: 'team-a/app',
  reference: 'v1',
  type: MANIFEST_TYPE,
  status: 200,
  size: 440,
  remote: '10.0.0.7:47244',
  agent: 'containers/5.36.2',
  after: 0,
  message: 'response completed',
} as const;

/** The line that the registry writes when it has answered, from its `time=` on. */
export function lineOf(given: Asked): string {
  const asked = { ...USUAL, ...given };
  const { repository, reference, uri = `/v2/${repository}/manifests/${reference}` } = asked;
  const code = given.code === undefined ? {} : { 'err.code': given.code };
  const typed = asked.method === 'PUT' ? 'http.request.contenttype' : 'http.response.contenttype';
  const vars = { 'vars.name': repository, 'vars.reference': reference };
  return formatLine({
    time: new Date(START + asked.after * 1000).toISOString(),
    level: 'info',
    message: asked.message,
    fields: {
      ...code,
      'go.version': 'go1.26.8',
      'http.request.host': 'localhost:25000',
      'http.request.id': 'ae1af479-c6fa-4c2b-be69-1dd55e8574ef',
      'http.request.method': asked.method,
      'http.request.remoteaddr': asked.remote,
      'http.request.uri': uri,
      'http.request.useragent': asked.agent,
      [typed]: asked.type,
      'http.response.duration': '9.94651ms',
      'http.response.status': asked.status,
      'http.response.written': asked.method === 'PUT' ? 0 : asked.size,
      'openshift.auth.user': asked.user,
      'openshift.auth.userid': '60c12ce9-5c88-45c0-ae82-d231d82423a4',
      ...(uri.includes('/manifests/') ? vars : {}),
    },
  });
}

/** A digest that ends with a digit of one's own. */
export function digest(last: number): string {
  return `sha256:${String(last).padStart(64, '0')}`;
}

/** Purser's health checks on a cluster of the tests, and reports that nobody has written. */
export const NO_REPORTS: ProbeEvidence = {
  probers: { users: ['system:serviceaccount:purser:purser'], namespace: 'purser-probe' },
  hasReport: () => false,
};

/** The index of these requests. */
export function indexOf(requests: readonly Asked[], actsAtOnce?: number): Uint8Array {
  const index = createAuditIndex(actsAtOnce);
  for (const request of requests) index.line(Buffer.from(lineOf(request)));
  return index.finish();
}

import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Configuration of the stand-in for OpenShift's API servers; paths are of PEM or text files. */
export const openShiftApiConfigSchema = z.strictObject({
  /** Port 0 takes a free one; the log line `listening` names it. */
  listen: z.strictObject({ host: z.string().min(1), port: z.int().min(0).max(65535) }),
  tls: z.strictObject({
    certFile: z.string().min(1),
    keyFile: z.string().min(1),
    clientCaFile: z.string().min(1),
  }),
  /** Common names of client certificates that may call /apis: kube-apiserver's proxy client. */
  aggregatorNames: z.array(z.string().min(1)).min(1),
  /** Common names of client certificates that may call /authenticate and /authorize. */
  webhookNames: z.array(z.string().min(1)).min(1),
  etcd: z.strictObject({ url: z.url() }),
  /** Begins every key in etcd, e.g. `/openshift.io`; must differ from kube-apiserver's `/registry`. */
  etcdPrefix: z.string().regex(/^\/.*[^/]$/, 'must begin with / and not end with it'),
  /**
   * kube-apiserver, read with a static administrator's token. An OAuth token would loop: its review calls
   * this program.
   */
  cluster: z.strictObject({
    server: z.url(),
    caFile: z.string().min(1),
    tokenFile: z.string().min(1),
  }),
  internalRegistry: z.string().min(1),
  externalRegistry: z.string().min(1).optional(),
  /** Gets one line for each OAuthAccessToken that is created: its object name, which is a hash. */
  tokenLedger: z.string().min(1),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type OpenShiftApiConfig = z.output<typeof openShiftApiConfigSchema>;

/** Reads the configuration file, or throws an Error that names the file and each wrong field. */
export function readConfig(file: string): OpenShiftApiConfig {
  const parsed = openShiftApiConfigSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) {
    throw new Error(`the configuration ${file} is not valid: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

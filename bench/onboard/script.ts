import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { certificateFolder } from '../../sandbox/cli/config.ts';
import { CANARY } from '../../src/registry/canary.ts';
import { takeTurn } from './turn.ts';
import type { Turn } from './turn.ts';
import { BASE } from '../environment.ts';
import type { Environment } from '../environment.ts';

const SCRIPT = fileURLToPath(new URL('./onboard.sh', import.meta.url));
const KUBECTL = process.env['KUBECTL'] ?? 'kubectl';
const TOOLS = {
  [KUBECTL]: ['version', '--client'],
  skopeo: ['--version'],
  curl: ['--version'],
  openssl: ['version'],
  xargs: ['--version'],
} as const;

/** The versions of the script's tools, and the tools that are missing. */
export function findTools(): { readonly missing: readonly string[]; readonly kubectl: string } {
  const runs = ([tool, args]: readonly [string, readonly string[]]) =>
    spawnSync(tool, [...args], { encoding: 'utf8' });
  const missing = Object.entries(TOOLS)
    .filter((each) => runs(each).status !== 0)
    .map(([tool]) => tool);
  const [kubectl = ''] = (runs([KUBECTL, TOOLS[KUBECTL] ?? []]).stdout ?? '').split('\n');
  return { missing, kubectl };
}

/**
 * Onboards with onboard.sh under xargs, with Purser's own account. Throws if one fails, with the script's
 * output.
 */
export async function onboardByScript(
  environment: Environment,
  users: readonly string[],
  parallel: number,
): Promise<Turn> {
  const work = mkdtempSync(path.join(os.tmpdir(), 'purser-bench-'));
  try {
    const env = variables(environment, work);
    return await takeTurn(environment, async () => {
      await runScripts(users, parallel, env);
      const lines = readFileSync(path.join(work, 'times'), 'utf8').trim().split('\n');
      return lines.map((line) => Number(line.split(' ')[1]));
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function runScripts(
  users: readonly string[],
  parallel: number,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const child = spawn('xargs', ['-P', String(parallel), '-n', '1', 'sh', SCRIPT], {
    env,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  child.stdin.end(users.join('\n'));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  const [said, code] = await Promise.all([text(child.stderr), ended]);
  if (code !== 0) throw new Error(`onboard.sh failed for some (xargs: ${code}):\n${said.trim()}`);
}

function variables({ sandbox }: Environment, work: string): NodeJS.ProcessEnv {
  const { info } = sandbox;
  return {
    ...process.env,
    KUBECTL,
    KUBECONFIG: info.cluster.kubeconfig,
    REGISTRY: `localhost:${info.registry.routeAddress.split(':').at(-1)}`,
    CERTS: certificateFolder(info),
    CANARY: writeCanary(work),
    BASE: `${BASE.repository}:${BASE.tag}`,
    WORK: work,
    // kubectl's discovery cache: outside of `work`, so that a warm-up fills it.
    HOME: info.dataDir,
  };
}

/** The image that Purser's own proof pushes, byte for byte, in the format of skopeo's `dir:` transport. */
function writeCanary(work: string): string {
  const folder = mkdtempSync(path.join(work, 'canary-'));
  const write = (name: string, content: Uint8Array | string) =>
    writeFileSync(path.join(folder, name), content);
  write('version', 'Directory Transport Version: 1.1\n');
  write('manifest.json', CANARY.manifest.bytes);
  for (const { digest, bytes } of [CANARY.config, CANARY.layer]) {
    write(digest.replace('sha256:', ''), bytes);
  }
  return folder;
}

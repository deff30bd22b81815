import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Checks that a Go that can build the tools is on the PATH; the error says how to get one, or do without. */
export async function requireGo(
  program: string,
  variable: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const way =
    `Install Go ${least.join('.')} or newer (https://go.dev/dl), or put a ${program} of the pinned ` +
    `version on the PATH, or name one in ${variable}`;
  let said: string;
  try {
    said = (await promisify(execFile)('go', ['version'], { env: { ...env, ...offlineGo } })).stdout;
  } catch (error) {
    throw new Error(
      `Tried to build ${program}, which needs Go, and found no go on the PATH. ${way}`,
      {
        cause: error,
      },
    );
  }
  const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(said) ?? []).slice(1).map(Number);
  if (major > least[0] || (major === least[0] && minor >= least[1])) return;
  throw new Error(
    `Tried to build ${program}, which needs Go ${least.join('.')}, and found ${said.trim()}. ${way}`,
  );
}

/** Keeps go from fetching another go. */
export const offlineGo = { GOTOOLCHAIN: 'local' } as const;

const least = [1, 26] as const;

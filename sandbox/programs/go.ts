import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Checks that the PATH has a Go that can build the tools. The error says how to install one, or how to
 * avoid the build.
 */
export async function requireGo(
  program: string,
  variable: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const advice =
    `Install Go ${minimumVersion.join('.')} or newer (https://go.dev/dl), put a ${program} of the pinned ` +
    `version on the PATH, or set ${variable} to the path of one`;
  let output: string;
  try {
    output = (await promisify(execFile)('go', ['version'], { env: { ...env, ...offlineGo } }))
      .stdout;
  } catch (error) {
    throw new Error(`Tried to build ${program}, but there is no go on the PATH. ${advice}`, {
      cause: error,
    });
  }
  const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(output) ?? []).slice(1).map(Number);
  if (major > minimumVersion[0] || (major === minimumVersion[0] && minor >= minimumVersion[1]))
    return;
  throw new Error(
    `Tried to build ${program}, which needs Go ${minimumVersion.join('.')} or newer, but found ${output.trim()}. ${advice}`,
  );
}

/** Stops go from downloading another version of itself. */
export const offlineGo = { GOTOOLCHAIN: 'local' } as const;

const minimumVersion = [1, 26] as const;

import { fileURLToPath } from 'node:url';
import { createClusterClient } from './api/cluster-client.ts';
import type { DataFolder } from './folder/data-folder.ts';
import { closeDataFolder, openDataFolder } from './folder/data-folder.ts';
import { PortTaken, watchExits } from './program-exits.ts';
import type { Sandbox, SandboxInfo, SandboxOptions } from './info.ts';
import type { LaunchContext } from './launch/context.ts';
import type { Supervisor } from './supervisor/supervisor.ts';
import { startSupervisor } from './supervisor/supervisor.ts';
import { ensurePki } from './folder/pki.ts';
import { choosePorts } from './folder/ports.ts';
import { resolvePrograms } from './programs/resolve.ts';
import { createPurserIdentity } from './api/purser-identity.ts';
import { announce, announcementFiles } from './running.ts';
import { sandboxHandle } from './sandbox-handle.ts';
import { describeSandbox } from './sandbox-info.ts';
import { ensureStaticTokens } from './folder/static-tokens.ts';
import { startPrograms } from './up.ts';

/**
 * Starts a cluster, registry and Temporal on this machine and returns when all of them answer. Rejects,
 * and leaves nothing behind, if a program is missing and cannot be built, the data folder is in use, a
 * configured port is taken, a program exits, or `signal` is aborted. The sandbox ends with this process,
 * however the process ends.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { replicas = 1 } = options;
  if (![1, 2, 3].includes(replicas)) {
    throw new RangeError(`Expected replicas to be 1, 2 or 3, got ${replicas}`);
  }
  const programs = await resolvePrograms(options);
  const folder = await openDataFolder(options.dataDir);
  let supervisor: Supervisor | undefined;
  try {
    supervisor = await startSupervisorFor(folder);
    ensureStaticTokens(folder.paths);
    const context = {
      paths: folder.paths,
      pki: await ensurePki(folder.paths.pki),
      programs,
      ephemeral: folder.ephemeral,
      pods: Array.from({ length: replicas }, (_, index) => `image-registry-${index}`),
      tokenCacheTtl: options.tokenCacheTtl,
      searchAttributes: options.searchAttributes ?? purserAttributes,
    };
    const launched = await launch(context, supervisor, options);
    const info = describeSandbox(folder, launched);
    await preparePurser(info, options);
    announce(info);
    return sandboxHandle({ info, folder, supervisor });
  } catch (error) {
    // The supervisor removes the folder or its lock; without a supervisor this process must do so.
    await supervisor?.shutdown();
    closeDataFolder(folder);
    throw error;
  }
}

async function startSupervisorFor(folder: DataFolder): Promise<Supervisor> {
  const { paths, lock, ephemeral, id } = folder;
  const config = {
    dataDir: paths.dataDir,
    ephemeral,
    lockFile: lock.file,
    lockNonce: lock.nonce,
    announcements: announcementFiles(paths, id),
    processesFile: paths.processes,
  };
  const supervisor = await startSupervisor(config, paths.logOf('supervisor'));
  lock.share(supervisor.process);
  return supervisor;
}

// Another process may take a free port before the program that it was chosen for starts.
async function launch(
  context: Omit<LaunchContext, 'ports'>,
  supervisor: Supervisor,
  options: SandboxOptions,
): Promise<LaunchContext> {
  try {
    return await launchOnce(context, supervisor, options);
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error;
    options.progress({ type: 'step', text: `${error.message}; trying again with other ports` });
    for (const { name } of supervisor.programs().toReversed()) await supervisor.stop(name);
    return launchOnce(context, supervisor, options);
  }
}

async function launchOnce(
  context: Omit<LaunchContext, 'ports'>,
  supervisor: Supervisor,
  options: SandboxOptions,
): Promise<LaunchContext> {
  const ports = await choosePorts(options.ports ?? {}, context.pods.length);
  const whole = { ...context, ports };
  const exits = watchExits(supervisor, options.signal);
  try {
    await startPrograms({
      context: whole,
      start: (spec) => supervisor.start(spec, context.paths.logOf(spec.name)),
      progress: options.progress,
      signal: exits.signal,
    });
    return whole;
  } catch (error) {
    // A program's last log lines explain more than the requests that failed after it exited.
    throw exits.signal.aborted ? exits.signal.reason : error;
  } finally {
    exits.stop();
  }
}

async function preparePurser(
  info: SandboxInfo,
  { signal, manifests }: SandboxOptions,
): Promise<void> {
  const { server, caFile, adminTokenFile: tokenFile, kubeconfig } = info.cluster;
  const client = createClusterClient({ server, caFile, tokenFile, signal });
  try {
    const folder = manifests ?? ownManifests;
    await createPurserIdentity(client, { server, caFile, manifests: folder, file: kubeconfig });
  } finally {
    await client.close();
  }
}

const ownManifests = fileURLToPath(new URL('../deploy/rbac', import.meta.url));
const purserAttributes = {
  PurserTarget: 'Keyword',
  PurserSubject: 'Keyword',
  PurserState: 'Keyword',
  PurserVerdict: 'Keyword',
  PurserAccess: 'KeywordList',
  PurserExpiry: 'Datetime',
} as const;

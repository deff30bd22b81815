import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { TailRequest } from '../../../src/logs/tail/follow-options.ts';
import type { TailRun } from '../../../src/logs/tail/tail.ts';

/** A container's log on a node: what is in its file now, and who follows it. */
interface Log {
  lines: string[];
  refusals: number[];
  readonly followers: Set<Follower>;
}

/** Who was given a time from which on they want lines is never given an earlier one. */
interface Follower {
  readonly response: ServerResponse;
  readonly isWanted: (line: string) => boolean;
}

/**
 * A node that gives out logs over HTTP as a kubelet does: from a whole second on, followed until the
 * run is over. What the tests do to it happens to real nodes.
 */
export async function startKubelet() {
  const logs = new Map<string, Log>();
  let opened = 0;
  const logOf = (run: string): Log => {
    const log = logs.get(run) ?? { lines: [], refusals: [], followers: new Set() };
    logs.set(run, log);
    return log;
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://node');
    const log = logs.get(url.pathname.slice(1));
    opened += 1;
    const refusal = log?.refusals.shift();
    if (refusal !== undefined || log === undefined) {
      response.writeHead(refusal ?? 404).end();
      return;
    }
    const since = (url.searchParams.get('sinceTime') ?? '').slice(0, 19);
    const isWanted = (line: string) => line.slice(0, 19) >= since;
    const newest = Number(url.searchParams.get('tailLines') ?? Infinity);
    const lines = log.lines.slice(-newest).filter(isWanted);
    response.flushHeaders();
    if (lines.length > 0) response.write(lines.map((line) => `${line}\n`).join(''));
    if (url.searchParams.get('follow') !== 'true') return void response.end();
    const follower = { response, isWanted };
    log.followers.add(follower);
    response.once('close', () => log.followers.delete(follower));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    /** How many logs were opened so far. */
    opened: () => opened,
    followers: (run: string) => logOf(run).followers.size,
    /** Starts a run's log, empty. */
    begin: (run: string) => void logOf(run),
    /** Writes a line, and sends it to those who follow unless it is not to reach them. */
    write: (run: string, line: string, { isSent = true } = {}) => {
      const log = logOf(run);
      log.lines.push(line);
      if (!isSent) return;
      for (const { response, isWanted } of log.followers) {
        if (isWanted(line)) response.write(`${line}\n`);
      }
    },
    /** Puts the file aside: what was written so far is not to be had any more. */
    rotate: (run: string) => void (logOf(run).lines = []),
    /** Ends the streams of those who follow, as when a run is over or somebody in between has enough. */
    end: (run: string) => {
      for (const { response } of logOf(run).followers) response.end();
    },
    /** Tears the streams, in the middle of a line. */
    tear: (run: string, piece: string) => {
      for (const { response } of logOf(run).followers) {
        response.write(piece, () => response.destroy());
      }
    },
    /** Answers the next ones who ask for it with these statuses. */
    refuse: (run: string, ...statuses: readonly number[]) =>
      void logOf(run).refusals.push(...statuses),
    remove: (run: string) => void logs.delete(run),
    open: async (
      { run }: TailRun,
      { follow, sinceTime, tailLines }: TailRequest,
      signal: AbortSignal,
    ): Promise<AsyncIterable<Uint8Array> | undefined> => {
      const query = new URLSearchParams({ follow: String(follow), sinceTime: sinceTime ?? '' });
      if (tailLines !== undefined) query.set('tailLines', String(tailLines));
      const answer = await fetch(`http://127.0.0.1:${port}/${run}?${query.toString()}`, { signal });
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw new Error(`the node answers ${answer.status}`);
      return answer.body ?? undefined;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export type Kubelet = Awaited<ReturnType<typeof startKubelet>>;

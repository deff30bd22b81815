import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** The output for long texts. */
export interface PagedOutput {
  /** Resolves to false once the reader is gone: the pager was left, or the pipe was closed. */
  write(text: string | Uint8Array): Promise<boolean>;
  /** Resolves when the reader has read to the end, or has left. */
  close(): Promise<void>;
}

/**
 * On a terminal, output goes to a pager: PURSER_PAGER, PAGER, or `less`, which ends by itself if all fits on
 * one screen. There is none if the variable is `cat` or empty, or if the text is not `paged`. Otherwise the
 * text is written as it is.
 */
export function openPager({ paged = true } = {}): PagedOutput {
  const command = process.env['PURSER_PAGER'] ?? process.env['PAGER'] ?? 'less';
  const isPlain = !paged || !process.stdout.isTTY || command === '' || command === 'cat';
  return isPlain ? outputOn(process.stdout, () => Promise.resolve()) : pager(command);
}

function pager(command: string): PagedOutput {
  const child = spawn(command, {
    shell: true,
    stdio: ['pipe', 'inherit', 'inherit'],
    // Short texts stay on the screen, and colours are shown.
    env: { LESS: 'FRX', ...process.env },
  });
  const ended = once(child, 'close');
  // Ctrl-C belongs to the pager: it ends a search there, not the reading.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  return outputOn(child.stdin, async () => {
    child.stdin.end();
    await ended;
    process.off('SIGINT', ignore);
  });
}

function outputOn(stream: Writable, finish: () => Promise<void>): PagedOutput {
  let isRead = true;
  const left = Promise.withResolvers<void>();
  stream.on('error', (error: NodeJS.ErrnoException) => {
    isRead = false;
    left.resolve();
    if (error.code !== 'EPIPE') process.stderr.write(`purser: ${error.message}\n`);
  });
  stream.once('close', () => {
    isRead = false;
    left.resolve();
  });
  return {
    write: async (text) => {
      if (!isRead) return false;
      if (!stream.write(text)) {
        await Promise.race([once(stream, 'drain'), left.promise]);
      }
      return isRead;
    },
    close: finish,
  };
}

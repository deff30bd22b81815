import type { WriteStream } from 'node:tty';
import type { Progress, ProgressEvent } from './info.ts';

export interface ProgressOutput {
  readonly write: (text: string) => unknown;
  readonly isTTY?: WriteStream['isTTY'];
}

/**
 * Shows what a start is doing: on a terminal a build is one line that is updated, elsewhere (a pipe,
 * CI) a line every 30 s. Debug events are shown only if asked for.
 */
export function displayProgress(
  output: ProgressOutput,
  options: { debug?: boolean } = {},
): Progress {
  const show = output.isTTY === true ? onTerminal(output) : onPipe(output);
  return (event) => {
    if (event.type !== 'debug' || options.debug === true) show(event);
  };
}

function onTerminal(output: ProgressOutput): Progress {
  let open = false;
  return (event) => {
    const line = lineOf(event);
    if (event.type === 'building') output.write(`${clearLine}${line}`);
    else output.write(`${open ? clearLine : ''}${line}\n`);
    open = event.type === 'building';
  };
}

function onPipe(output: ProgressOutput): Progress {
  return (event) => {
    if (event.type === 'building' && event.seconds % pipeEverySeconds !== 0) return;
    output.write(`${lineOf(event)}\n`);
  };
}

function lineOf(event: ProgressEvent): string {
  if (event.type !== 'building') return event.text;
  const { program, index, of, seconds } = event;
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return `building ${program} (${index} of ${of}, ${clock}; only once, about 15 minutes in all on two cores)`;
}

const clearLine = '\r\u001B[2K';
const pipeEverySeconds = 30;

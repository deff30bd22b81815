import type { WriteStream } from 'node:tty';
import type { Progress, ProgressEvent } from './info.ts';

export interface ProgressOutput {
  readonly write: (text: string) => unknown;
  readonly isTTY?: WriteStream['isTTY'];
}

/**
 * Shows the progress of a start. On a terminal a build is one line that is updated; elsewhere (a pipe, CI)
 * it is a line every 30 s. Debug events are shown only on request.
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
  return `building ${program} (${index} of ${of}, ${clock}; the first start builds all programs, about 15 minutes on two cores)`;
}

const clearLine = '\r\u001B[2K';
const pipeEverySeconds = 30;

import { visible } from '../../domain/inputs/shown.ts';
import type { Step } from '../../domain/step.ts';
import { stepLine, styled } from './style.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

/** Where the progress of a workflow is shown. */
export interface Screen {
  step(step: Step): void;
  note(text: string): void;
  /** What is under way now; undefined for nothing. */
  running(what: string | undefined): void;
  close(): void;
}

/** A terminal gets a spinner under the steps, anything else plain lines, and `--output json` nothing. */
export function createScreen(output: 'text' | 'json'): Screen {
  if (output === 'json')
    return { step: () => {}, note: () => {}, running: () => {}, close: () => {} };
  const lines = {
    step: (step: Step) => void process.stdout.write(`${stepLine(step)}\n`),
    note: (text: string) =>
      void process.stdout.write(`  ${styled('yellow', '!')()} ${visible(text)}\n`),
  };
  return process.stdout.isTTY
    ? withSpinner(lines)
    : { ...lines, running: () => {}, close: () => {} };
}

function withSpinner(lines: Pick<Screen, 'step' | 'note'>): Screen {
  let what: string | undefined;
  let frame = 0;
  const clear = () => void process.stdout.write('\r\u001b[2K');
  const draw = () => {
    if (what === undefined) return;
    frame = (frame + 1) % FRAMES.length;
    process.stdout.write(`\r\u001b[2K  ${styled('cyan', FRAMES[frame] ?? '')()} ${visible(what)}`);
  };
  const timer = setInterval(draw, FRAME_MS);
  return {
    step: (step) => (clear(), lines.step(step), draw()),
    note: (text) => (clear(), lines.note(text), draw()),
    running: (next) => {
      if (next === undefined) clear();
      what = next;
    },
    close: () => {
      clearInterval(timer);
      clear();
    },
  };
}

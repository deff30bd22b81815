import { commandName, runLogin } from './login-command.ts';
import type { ExecCredential } from './login-command.ts';
import type { LoginCommand } from './context.ts';

/** Enough for a plugin that asks a server. A person at a browser takes longer, but a worker has none. */
const LOGIN_WITHIN_MS = 30_000;

/** The result of a login command, cached until it expires, as client-go does. */
export interface SharedLogin {
  /**
   * The cached result, or that of a new run. Callers at the same time wait for the same run. It is ended when
   * no caller waits any more, and after 30 s in any case. Throws the reason of `signal`, or an error that
   * says what went wrong.
   */
  get(signal?: AbortSignal): Promise<ExecCredential>;
}

interface LoginCommandRun {
  readonly result: Promise<ExecCredential>;
  waiting: number;
  /** Ends the run, because no caller waits any more. */
  readonly leave: () => void;
}

/** `withinMs` is for tests. */
export function shareLogin(
  command: LoginCommand,
  cluster: () => object,
  withinMs = LOGIN_WITHIN_MS,
): SharedLogin {
  let known: ExecCredential | undefined;
  let run: LoginCommandRun | undefined;
  const start = (): LoginCommandRun => {
    const ending = new AbortController();
    const info = cluster();
    const tooLate = `${commandName(command)} gave nothing within ${withinMs / 1_000} s and was ended: it may wait for a browser or a terminal, which a worker does not have`;
    const timer = setTimeout(() => ending.abort(new Error(tooLate)), withinMs);
    const result = runLogin(command, info, ending.signal)
      .then((login) => (known = login))
      .finally(() => {
        clearTimeout(timer);
        forget();
      });
    // There may be no caller left that waits.
    result.catch(() => {});
    // At once, so that the next caller starts a new run.
    const forget = (): void => {
      if (run?.result === result) run = undefined;
    };
    const leave = (): void => {
      forget();
      ending.abort(new Error('no caller waits for it any more'));
    };
    return { result, waiting: 0, leave };
  };
  return {
    get: async (signal) => {
      signal?.throwIfAborted();
      if (known !== undefined && Date.now() < (known.expiresAt ?? Infinity)) return known;
      run ??= start();
      return waitFor(run, signal);
    },
  };
}

async function waitFor(
  run: LoginCommandRun,
  signal: AbortSignal | undefined,
): Promise<ExecCredential> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  run.waiting += 1;
  try {
    return await Promise.race([run.result, promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
    run.waiting -= 1;
    if (run.waiting === 0) run.leave();
  }
}

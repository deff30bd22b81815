/**
 * Aborted when this process is to end: by a terminal's Ctrl-C, by a signal, or because the starter
 * (bin/run.mjs), whose end of the channel is the only sign of a kill -9, is gone.
 */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  const abort = (reason: string) => () => controller.abort(new Error(`Stopped by ${reason}`));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, abort(signal));
  process.on('disconnect', abort('the end of its starter'));
  // Listening to it must not keep a process alive that has nothing left to do.
  process.channel?.unref();
  return controller.signal;
}

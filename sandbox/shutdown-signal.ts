/**
 * Aborted when this process must end: by a terminal's Ctrl-C, by a signal, or because its starter
 * (bin/run.mjs) has exited. After a kill -9 of the starter, its closed channel is the only sign.
 */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  const abort = (reason: string) => () => controller.abort(new Error(`Stopped by ${reason}`));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, abort(signal));
  process.on('disconnect', abort('the end of its starter'));
  // Listening to the channel must not keep a finished process alive.
  process.channel?.unref();
  return controller.signal;
}

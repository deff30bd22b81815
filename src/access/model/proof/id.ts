/**
 * Names what the proof of a run makes: the random end of its first run's id, fit for labels, Secrets
 * and image streams. `run` is `<workflow id>/<first run id>`, or the run id alone.
 */
export function proofIdOf(run: string): string {
  return run.replaceAll('-', '').slice(-16);
}

/** A gap as a person reads it, its times as they are to be shown: `… to …, in it 2 whole runs`. */
export function gapText({
  from,
  to,
  runs,
}: {
  readonly from: string;
  readonly to: string;
  /** How many runs of the container went in it, of which nothing was read. */
  readonly runs?: number;
}): string {
  const whole = runs === 1 ? 'one whole run' : `${runs} whole runs`;
  return `${from} to ${to}${runs === undefined ? '' : `, in it ${whole} of the container`}`;
}

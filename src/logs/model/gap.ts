/** A gap as a person reads it, with its times as given: `… to …, in it 2 whole runs`. */
export function gapText({
  from,
  to,
  runs,
}: {
  readonly from: string;
  readonly to: string;
  /** How many whole runs of the container are in the gap. */
  readonly runs?: number;
}): string {
  const whole = runs === 1 ? 'one whole run' : `${runs} whole runs`;
  return `${from} to ${to}${runs === undefined ? '' : `, in it ${whole} of the container`}`;
}

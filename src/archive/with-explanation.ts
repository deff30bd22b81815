/** Runs one act on an archive. What it throws becomes what `explain` makes of it: an error that says what to do. */
export async function withExplanation<T>(
  explain: (error: unknown) => unknown,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw explain(error);
  }
}

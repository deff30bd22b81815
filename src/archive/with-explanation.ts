/** Runs one operation on an archive. `explain` turns its error into one that says what to do. */
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

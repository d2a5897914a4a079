/** Waits until something has come about, at most 5 seconds or as many milliseconds as given. */
export async function until(condition: () => boolean | Promise<boolean>, atMostMs = 5_000): Promise<void> {
  const giveUpAt = performance.now() + atMostMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

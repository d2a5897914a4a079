/** Waits until a condition is true; throws after 5 seconds or the given time. */
export async function until(condition: () => boolean | Promise<boolean>, atMostMs = 5_000): Promise<void> {
  const giveUpAt = performance.now() + atMostMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`not true in time: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

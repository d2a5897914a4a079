/** @throws Error when the condition is not true in time */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 5_000): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`not true in time: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

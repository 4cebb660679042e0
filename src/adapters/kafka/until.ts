// Polls for what a broker knows a moment after it was done. It gives up after a few seconds and says so.

const usualLimitMs = 10_000
const pollMs = 50

export async function until(holds: () => Promise<boolean>, limitMs = usualLimitMs): Promise<boolean> {
  const endMs = performance.now() + limitMs
  for (;;) {
    if (await holds()) return true
    if (performance.now() >= endMs) return false
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
}

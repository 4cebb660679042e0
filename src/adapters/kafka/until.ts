// Polls for what a broker knows a moment after it was done. It gives up after a few seconds and says so.

const limitMs = 10_000
const pollMs = 50

export async function until(holds: () => Promise<boolean>): Promise<boolean> {
  const endMs = performance.now() + limitMs
  for (;;) {
    if (await holds()) return true
    if (performance.now() >= endMs) return false
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
}

// A pause, without a timer to be kept.

export function pause(ms: number): Promise<undefined> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

// In which order what came from two pipes has arrived. Two pipes have no common order but this one: a process that writes to both at
// nearly the same time may be read the other way round.

/** So many turns are kept, the last ones: of more, how much came before them is known, not in which order. */
export const MAX_TURNS = 1000

export class Arrivals {
  readonly #before = { stdout: 0, stderr: 0 }
  /** Bytes in turn: those of stderr are negative. */
  #turns: number[] = []

  add(stream: 'stdout' | 'stderr', bytes: number): void {
    const signed = stream === 'stdout' ? bytes : -bytes
    const last = this.#turns.at(-1) ?? 0
    if (last * signed > 0) this.#turns[this.#turns.length - 1] = last + signed
    else if (bytes > 0) this.#turns.push(signed)
    if (this.#turns.length > 2 * MAX_TURNS) this.#forget(MAX_TURNS)
  }

  /** As `OutputQuery` describes it; empty while only one stream has written. */
  text(): string {
    const { stdout, stderr } = this.#before
    const isMixed = this.#turns.length > 1 || stdout + stderr > 0
    return isMixed ? JSON.stringify([stdout, stderr, ...this.#turns]) : ''
  }

  #forget(count: number): void {
    for (const bytes of this.#turns.splice(0, count)) {
      if (bytes > 0) this.#before.stdout += bytes
      else this.#before.stderr -= bytes
    }
  }
}

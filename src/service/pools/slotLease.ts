// The slot that a kept-alive worker holds while it has tasks: an idle worker holds none.

export class SlotLease {
  #isRequested = false
  #held: PromiseWithResolvers<void> | undefined

  get isHeld(): boolean {
    return this.#held !== undefined
  }

  /**
   * Waits for a slot, unless one is held or waited for already.
   * @param takeSlot runs the function with the next free slot, which is used until the promise resolves
   */
  request(takeSlot: (run: () => Promise<void>) => void, onHeld: () => void): void {
    if (this.isHeld || this.#isRequested) return
    this.#isRequested = true
    takeSlot(() => {
      this.#isRequested = false
      const released = this.hold()
      onHeld()
      return released
    })
  }

  /** Begins to hold a slot that is free; resolves when it is released. */
  hold(): Promise<void> {
    this.#held ??= Promise.withResolvers()
    return this.#held.promise
  }

  release(): void {
    this.#held?.resolve()
    this.#held = undefined
  }
}

// Stretches of output that a runner has been asked for and has not sent yet.
import { fromBase64 } from '../../run/base/runnerProtocol'

export class PendingReads {
  readonly #reads = new Map<number, (bytes: Uint8Array) => void>()
  #last = 0

  /** @param send asks the runner, which answers with the number of the request */
  begin(send: (request: number) => void): Promise<Uint8Array> {
    const request = ++this.#last
    send(request)
    return new Promise(resolve => this.#reads.set(request, resolve))
  }

  onBytes({ request, base64 }: { request: number; base64: string }): void {
    this.#reads.get(request)?.(fromBase64(base64))
    this.#reads.delete(request)
  }

  /** No answers come any more. */
  endAll(): void {
    for (const resolve of this.#reads.values()) resolve(new Uint8Array())
    this.#reads.clear()
  }
}

// Connections that have not proved to be of this user. They may be anybody's, so that each may send little, has little
// time, and only so many are kept: of more, the oldest is closed. A window that is caught by that tries again.
import type { Socket } from 'node:net'
import { HANDSHAKE_TIMEOUT_MS, MAX_HANDSHAKE_BYTES, MAX_STRANGERS } from '../../core/protocol/limits'
import type { TextStream } from '../../core/protocol/wire'

export interface Stranger {
  /** The socket as it may be read: not beyond the limit. */
  readonly stream: TextStream
  /** It has proved whose it is, and may send what it likes. */
  proved(): void
  /** It has introduced itself, and may take all the time. */
  welcomed(): void
}

export class Strangers {
  /** In the order of their arrival. */
  readonly #sockets = new Set<Socket>()
  #turnedAway = 0

  /** How many connections were closed for one of the limits since the service started. */
  get turnedAway(): number {
    return this.#turnedAway
  }

  admit(socket: Socket): Stranger {
    const tooSlow = setTimeout(() => this.#turnAway(socket), HANDSHAKE_TIMEOUT_MS)
    const [oldest] = this.#sockets
    if (oldest && this.#sockets.size >= MAX_STRANGERS) this.#turnAway(oldest)
    this.#sockets.add(socket)
    socket.on('close', () => {
      clearTimeout(tooSlow)
      this.#sockets.delete(socket)
    })
    return {
      stream: this.#limited(socket),
      proved: () => void this.#sockets.delete(socket),
      welcomed: () => clearTimeout(tooSlow),
    }
  }

  #turnAway(socket: Socket): void {
    this.#turnedAway++
    this.#sockets.delete(socket)
    socket.destroy()
  }

  #limited(socket: Socket): TextStream {
    const isStranger = () => this.#sockets.has(socket)
    /** What was turned away may still have been read. */
    const mayRead = () => {
      if (isStranger() && socket.bytesRead > MAX_HANDSHAKE_BYTES) this.#turnAway(socket)
      return !socket.destroyed
    }
    return {
      on(event: string, listener: (value: never) => void) {
        const isData = event === 'data'
        return socket.on(event, (value: unknown) => (!isData || mayRead()) && listener(value as never))
      },
      write: text => socket.write(text),
      // a stranger that goes on sending would not notice a polite end
      end: () => (isStranger() ? this.#turnAway(socket) : socket.end()),
    }
  }
}

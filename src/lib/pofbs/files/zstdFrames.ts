/**
 * Follows the frames of a zstd stream (RFC 8878) to hold them to a window that a decoder can afford: each frame's header
 * says how much memory it wants, and a few bytes may ask for gigabytes.
 */

/** What decoders should support at least (RFC 8878, 3.1.1.1.2); packers go beyond it only if they are told to. */
export const MAX_WINDOW = 8 << 20;

const FRAME = 0xfd2fb528;
const SKIPPED_FRAME = 0x184d2a50;
const RLE = 1;

export class LargeWindow extends Error {
  /** @param window bytes */
  constructor(window: number) {
    super(`it wants a window of ${window} bytes, and ${MAX_WINDOW} are the most`);
  }
}

export class ZstdFrames {
  /** What was read of the header that is being read, of a frame or of a block. */
  readonly #head = new Uint8Array(18);
  #filled = 0;
  #wanted = 5;
  #of: 'frame' | 'block' | 'nothing' = 'frame';
  /** Bytes to pass over before the next header. */
  #skip = 0;
  #checksum = 0;

  /** Sees the stream's bytes in order. What is no zstd is left to the decoder. @throws LargeWindow */
  see(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.#of !== 'nothing'; ) {
      const left = bytes.length - at;
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, left);
        this.#skip -= passed;
        at += passed;
        continue;
      }
      const taken = Math.min(this.#wanted - this.#filled, left);
      this.#head.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled < this.#wanted) return;
      if (this.#of === 'frame') this.#frame();
      else this.#block();
    }
  }

  #next(of: 'frame' | 'block', skip: number): void {
    this.#of = of;
    this.#wanted = of === 'frame' ? 5 : 3;
    this.#filled = 0;
    this.#skip = skip;
  }

  #frame(): void {
    const view = new DataView(this.#head.buffer);
    const magic = view.getUint32(0, true);
    if ((magic & ~15) >>> 0 === SKIPPED_FRAME) {
      this.#wanted = 8;
      if (this.#filled === 8) this.#next('frame', view.getUint32(4, true));
      return;
    }
    if (magic !== FRAME) {
      this.#of = 'nothing';
      return;
    }
    const flags = view.getUint8(4);
    const single = (flags & 32) !== 0;
    const size = flags >> 6 === 0 ? (single ? 1 : 0) : 1 << (flags >> 6);
    const dictionary = [0, 1, 2, 4][flags & 3] as number;
    const place = 5 + (single ? 0 : 1) + dictionary;
    this.#wanted = place + size;
    if (this.#filled < this.#wanted) return;
    const window = single ? contentSize(view, place, size) : windowSize(view.getUint8(5));
    if (window > MAX_WINDOW) throw new LargeWindow(window);
    this.#checksum = (flags & 4) === 0 ? 0 : 4;
    this.#next('block', 0);
  }

  #block(): void {
    const [a, b, c] = this.#head as unknown as [number, number, number];
    const header = a | (b << 8) | (c << 16);
    const size = (header & 6) >> 1 === RLE ? 1 : header >> 3;
    const last = (header & 1) === 1;
    this.#next(last ? 'frame' : 'block', size + (last ? this.#checksum : 0));
  }
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

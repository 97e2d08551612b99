/**
 * Follows the frames of a zstd stream (RFC 8878): where each ends, what it says of its content, and that it wants no
 * larger window than a decoder can afford: a few bytes may ask for gigabytes.
 */

/** What decoders should support at least (RFC 8878, 3.1.1.1.2); packers go beyond it only if they are told to. */
export const MAX_WINDOW = 8 << 20;

const FRAME = 0xfd2fb528;
const SKIPPED_FRAME = 0x184d2a50;
const RLE = 1;
/** Bytes to read before it is known what comes next. */
const WANTED = { frame: 5, block: 3, end: 4, nothing: 0 };

export class LargeWindow extends Error {
  /** @param window bytes */
  constructor(window: number) {
    super(`it wants a window of ${window} bytes, and ${MAX_WINDOW} are the most`);
  }
}

/** The end of a frame, and what it says of its content. */
export interface FrameEnd {
  /** Behind its last byte, in the bytes that were seen last. */
  readonly at: number;
  /** Bytes of its content; null if it does not say. */
  readonly size: number | null;
  /** The low half of the content's XXH64; null if it has none. */
  readonly checksum: number | null;
}

export class ZstdFrames {
  /** What was read of the header that is being read, of a frame or of a block, or of the checksum. */
  readonly #head = new Uint8Array(18);
  #filled = 0;
  #wanted = 5;
  #of: keyof typeof WANTED = 'frame';
  /** Bytes to pass over before the next of these. */
  #skip = 0;
  #size: number | null = null;
  #summed = false;

  /**
   * Sees the stream's bytes in order. What is no zstd is left to the decoder.
   * @returns the frames that end in these bytes
   * @throws LargeWindow
   */
  see(bytes: Uint8Array): FrameEnd[] {
    const ends: FrameEnd[] = [];
    for (let at = 0; this.#of !== 'nothing'; ) {
      const passed = Math.min(this.#skip, bytes.length - at);
      this.#skip -= passed;
      at += passed;
      if (this.#skip > 0) break;
      const taken = Math.min(this.#wanted - this.#filled, bytes.length - at);
      this.#head.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled < this.#wanted) break;
      if (this.#of === 'frame') this.#frame();
      else if (this.#of === 'block') this.#block();
      else {
        const checksum = this.#summed ? new DataView(this.#head.buffer).getUint32(0, true) : null;
        ends.push({ at, size: this.#size, checksum });
        this.#next('frame', 0);
      }
    }
    return ends;
  }

  #next(of: keyof typeof WANTED, skip: number): void {
    this.#of = of;
    this.#wanted = of === 'end' && !this.#summed ? 0 : WANTED[of];
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
    this.#size = size === 0 ? null : contentSize(view, place, size);
    const window = single ? this.#size! : windowSize(view.getUint8(5));
    if (window > MAX_WINDOW) throw new LargeWindow(window);
    this.#summed = (flags & 4) !== 0;
    this.#next('block', 0);
  }

  #block(): void {
    const [a, b, c] = this.#head as unknown as [number, number, number];
    const header = a | (b << 8) | (c << 16);
    const size = (header & 6) >> 1 === RLE ? 1 : header >> 3;
    this.#next((header & 1) === 1 ? 'end' : 'block', size);
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

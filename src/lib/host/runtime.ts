/** A runtime that can be called: `Runtime.of(code)`, then `call` on an overlay. Calls are synchronous. */

import { type HostCrypto, hostCrypto } from './crypto.js';
import { Instance } from './instance.js';
import { type Compiled, compiled, pagesOf } from './module.js';
import { Overlay } from './overlay.js';
import { EMPTY_STATE, Missing } from './state.js';
import { decodeVersion, type RuntimeVersion } from './version.js';

/** An instance with a larger memory than this is not kept: 64 MiB, twice what a block of an ordinary chain needs. */
const KEPT_PAGES = 1_024;

/** The runtime panicked, or asked the host for what it cannot have. */
export class RuntimeTrap extends Error {
  /** @param method of the runtime */
  constructor(
    readonly method: string,
    reason: string,
    cause?: unknown,
  ) {
    super(`${method}: ${reason}`, { cause });
    this.name = 'RuntimeTrap';
  }
}

export interface CallOptions {
  /**
   * Take every signature as good. Only for calls with inherents whose signatures nobody here can make, such as those of
   * a relay chain's collators: never for a transaction.
   */
  readonly mockSignatures?: boolean;
}

/** Runtimes by the bytes of their code, as long as these are in memory. */
const byCode = new WeakMap<Uint8Array, Promise<Runtime>>();

export class Runtime {
  #instance: Instance | undefined;
  #isRunning = false;
  #version: RuntimeVersion | undefined;

  private constructor(
    private readonly compiled: Compiled,
    private readonly crypto: HostCrypto,
  ) {}

  /** The runtime of a code as it is in storage under `:code`. @throws CodeError */
  static of(code: Uint8Array): Promise<Runtime> {
    let runtime = byCode.get(code);
    if (runtime === undefined) {
      runtime = hostCrypto().then((crypto) => new Runtime(compiled(code), crypto));
      byCode.set(code, runtime);
    }
    return runtime;
  }

  /** What the runtime says of itself. @throws RuntimeTrap */
  get version(): RuntimeVersion {
    this.#version ??= decodeVersion(this.call('Core_version', new Uint8Array(0), new Overlay(EMPTY_STATE)));
    return this.#version;
  }

  /** Whether it has a method. */
  has(method: string): boolean {
    return this.#ready().has(method);
  }

  /**
   * One call. What it wrote is in the overlay afterwards; of one that did not return, nothing is.
   * @param argument SCALE bytes of all arguments
   * @returns SCALE bytes of the result
   * @throws RuntimeTrap; Missing where the state is elsewhere
   */
  call(
    method: string,
    argument: Uint8Array,
    overlay: Overlay,
    { mockSignatures = false }: CallOptions = {},
  ): Uint8Array {
    // A call within a call would share its memory; only `ext_misc_runtime_version` makes one, in a runtime of its own.
    if (this.#isRunning) throw new Error(`${method} was called while the runtime runs`);
    const instance = this.#ready();
    if (!instance.has(method)) throw new RuntimeTrap(method, 'the runtime has no such method');
    this.#isRunning = true;
    overlay.start();
    try {
      const result = overlay.guarded(() => instance.call(method, argument, { overlay, mockSignatures }));
      overlay.commit();
      if (pagesOf(instance.memory) > KEPT_PAGES) this.#instance = undefined;
      return result;
    } catch (error) {
      overlay.rollback();
      this.#replace(instance);
      if (error instanceof Missing) throw error;
      throw new RuntimeTrap(method, reasonOf(error as Error, instance.errors), error);
    } finally {
      this.#isRunning = false;
    }
  }

  #ready(): Instance {
    this.#instance ??= this.#make();
    return this.#instance;
  }

  /** The stack pointer of a call that did not return is lost; its memory, if the host made it, is not. */
  #replace(instance: Instance): void {
    this.#instance = pagesOf(instance.memory) > KEPT_PAGES ? undefined : this.#make(instance);
  }

  #make(earlier?: Instance): Instance {
    return new Instance(this.compiled, this.crypto, (code) => this.#versionOf(code), earlier);
  }

  /** `Core_version` of another code, in a runtime of its own; undefined for what is no runtime. */
  #versionOf(code: Uint8Array): Uint8Array | undefined {
    try {
      const other = new Runtime(compiled(code), this.crypto);
      return other.call('Core_version', new Uint8Array(0), new Overlay(EMPTY_STATE));
    } catch {
      return undefined;
    }
  }
}

function reasonOf(error: Error, logged: readonly string[]): string {
  return logged.length === 0 ? error.message : `${logged.join('; ')} (${error.message})`;
}

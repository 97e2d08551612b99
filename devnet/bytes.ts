/** Hexadecimal text and SCALE, as the host has them. */

export * from '../src/lib/host/scale.js';

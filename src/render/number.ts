/** Numbers as charts write them: short, the same everywhere, without a locale. */

const SCALES = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
] as const;

/**
 * 84,321 · 1.235M · 0.0123 · 3.1e-7: whole numbers below a million in full, all else with four significant digits. A
 * chart shows shapes; the table beside it has the exact numbers.
 */
export function compact(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential(3).replace(/\.?0+e/, 'e');
  const scale = SCALES.find(([limit]) => size >= limit);
  if (scale !== undefined) return `${grouped(Number((value / scale[0]).toPrecision(4)))}${scale[1]}`;
  return grouped(size >= 1000 ? Math.round(value) : Number(value.toPrecision(4)));
}

function grouped(value: number): string {
  const [whole = '', fraction] = String(value).split('.');
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

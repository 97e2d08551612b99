import { checksBlock } from '../tx/view.js';
import type { View } from '../view.js';
import type { Diagnosis } from './doctor.js';

/** One line a check, with what to do. */
export function diagnosisView({ checks }: Diagnosis, network: string): View {
  const failed = checks.filter((check) => check.ok === false).length;
  const warned = checks.filter((check) => check.ok === 'warn').length;
  const verdict =
    failed > 0 ? `${failed} failed` : warned > 0 ? `in order, ${warned} to look at` : 'in order';
  return { title: 'Doctor', subtitle: `${network}: ${verdict}`, blocks: [checksBlock(checks)] };
}

import { run as quality } from './retrieval-quality.ts';
import { run as speed } from './retrieval-speed.ts';

/** How well passages are found, and how fast. */
export async function run(): Promise<void> {
  await quality();
  await speed();
}

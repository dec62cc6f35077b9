import { MAP } from '../bundle-files.ts';
import { parseMapLeaf } from '../map-leaf.ts';
import { leafHash } from '../merkle.ts';
import { Rejected } from '../rejected.ts';
import { inclusionIn } from './inclusion.ts';
import { fileOf } from './open.ts';
import { attempt, type Step } from './opened.ts';

/** map.json is the leaf at size - 1 and says so itself. */
export const checkMap: Step = (bundle, fail) => {
  attempt(fail, MAP, null, () => {
    const leaf = fileOf(bundle.files, MAP);
    const { size } = parseMapLeaf(leaf);
    if (bundle.checkpoint === null) throw new Rejected('there is no checkpoint to find it in');
    if (size !== bundle.checkpoint.size - 1) throw new Rejected(`states the map before index ${size}, and the last leaf is ${bundle.checkpoint.size - 1}`);
    inclusionIn(bundle, bundle.checkpoint)(size, leafHash(leaf));
  });
  return undefined;
};

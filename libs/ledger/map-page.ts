export type MapLeaf = { readonly key: Buffer; readonly value: Buffer };

/** Four levels of the group map: 16 slots, each empty, one group, or a page of its own. Opaque; encode it to store it. */
export type MapPage = { readonly nodes: readonly (MapLeaf | Buffer | null)[] };

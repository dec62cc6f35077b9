/** A public key of a signed note, as a vkey states it. */
export type VerifierKey = {
  readonly name: string;
  /** Eight hex digits. */
  readonly keyId: string;
  readonly algorithm: 'ed25519' | 'cosignature/v1';
  readonly publicKey: Buffer;
};

export type NoteSigner = { readonly key: VerifierKey; readonly sign: (message: Uint8Array) => Buffer };

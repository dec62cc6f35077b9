import { decrypt, deriveKey, encrypt, type RandomBytes } from '#kernel';

/** The keys of one organisation, each for one purpose, all derived from its one secret. */
export type OrganizationKeys = {
  /** Encrypts vault rows. */
  readonly vault: Buffer;
  /** Addresses and encrypts blobs and renditions. */
  readonly blob: Buffer;
  /** Makes group ids (EVIDENCE, Groups). */
  readonly correlation: Buffer;
  /** Makes ids repeatable under an idempotency key. */
  readonly idempotency: Buffer;
};

export const ORGANIZATION_SECRET_BYTES = 32;

export function organizationKeys(secret: Uint8Array): OrganizationKeys {
  return {
    vault: deriveKey(secret, 'vault'),
    blob: deriveKey(secret, 'blob'),
    correlation: deriveKey(secret, 'correlation'),
    idempotency: deriveKey(secret, 'idempotency'),
  };
}

/** An organisation's secret rests under the deployment's key: its row opens nowhere else. */
export function wrapSecret(deploymentKey: Uint8Array, id: string, secret: Uint8Array, random: RandomBytes): Buffer {
  return encrypt(deploymentKey, `secret:${id}`, secret, random);
}

export function unwrapSecret(deploymentKey: Uint8Array, id: string, wrapped: Uint8Array): Buffer {
  return decrypt(deploymentKey, `secret:${id}`, wrapped);
}

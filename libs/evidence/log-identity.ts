import type { NoteSigner } from '#ledger';

/** What an organisation's log is called, what it signs with, and the key of its vault. */
export type LogIdentity = {
  readonly organization: string;
  /** `deponent/<deployment>/<log id>`. */
  readonly origin: string;
  /** Signs checkpoints; its key is named after the origin. */
  readonly logSigner: NoteSigner;
  /** Signs manifests of exports; its key is named `<origin>/export`. */
  readonly exportSigner: NoteSigner;
  readonly vaultKey: Buffer;
};

export interface LogIdentities {
  /** Throws for an organisation that does not exist: whoever asks has an event or a credential of it. */
  of(organization: string): Promise<LogIdentity>;
  /** Every organisation that has a log. */
  all(): Promise<readonly string[]>;
}

import type { Denied, ExportHouse, LogHouse, PolicyHouse, ReadHouse } from '#evidence';
import type { AdministrationHouse, Principal, Principals, Sessions } from '#identity';
import type { Clock, RandomBytes } from '#kernel';

export const GOVERNANCE = Symbol('GovernanceHouse');

/** What the governance API is served from. It reads views; what it changes goes through commands. */
export type GovernanceHouse = ReadHouse &
  LogHouse & {
    readonly principals: Principals;
    readonly sessions: Sessions;
    readonly administration: AdministrationHouse;
    /** Where people reach the console, without a slash at its end. */
    readonly consoleUrl: string;
    /** Whether people reach us over https. */
    readonly secureCookies: boolean;
    readonly exports: ExportHouse;
    readonly policies: PolicyHouse;
    /** Whether the database answers. */
    readonly ready: () => Promise<boolean>;
    readonly clock: Clock;
    readonly random: RandomBytes;
    readonly report: (defect: unknown, traceId: string) => void;
    readonly noteUse: (principal: Principal, use: { readonly at: number; readonly address: string; readonly agent: string }) => void;
    /** Told of each request without a valid credential. */
    readonly noteDenied: (denied: Denied) => void;
  };

import type { Caller } from '#tools';
import type { SitePermissions, SiteRole } from './ports.ts';

/** What one caller is in which site. `siteIds` and `roleIn` agree: a role there for each id, none for any other. */
export interface SiteRoles {
  readonly siteIds: readonly string[];
  roleIn(siteId: string): SiteRole | null;
}

export interface SiteAccess {
  /**
   * The roles of a caller at `authority`, a value of the organisation's authority counter that the caller's principal
   * was read at. They may be newer than it, never older; whoever acts on them asserts the counter in the commit.
   */
  sitesOf(caller: Caller, authority: number): Promise<SiteRoles>;
}

/** One role in each of some sites; only in the site a credential is bound to, where it is bound to one. */
export function oneRoleIn(siteIds: readonly string[], role: SiteRole, boundSite: string | null): SiteRoles {
  const open = boundSite === null ? siteIds : siteIds.filter((siteId) => siteId === boundSite);
  const known = new Set(open);
  return { siteIds: open, roleIn: (siteId) => (known.has(siteId) ? role : null) };
}

const RANK: Readonly<Record<SiteRole, number>> = { viewer: 0, downloader: 1, uploader: 2, editor: 3, admin: 4, owner: 5 };

/** What a role may do with content. List, read, search: all; upload, create folders: uploader and above; edit, delete: editor and above. */
export function permissionsOf(role: SiteRole): SitePermissions {
  const atLeast = (least: SiteRole) => RANK[role] >= RANK[least];
  return {
    read: true,
    list: true,
    search: true,
    upload: atLeast('uploader'),
    createFolder: atLeast('uploader'),
    edit: atLeast('editor'),
    delete: atLeast('editor'),
  };
}

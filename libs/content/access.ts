import type { Site, SitePermissions, SiteRole } from './ports.ts';

/** What a person is in a site. */
export type SiteStanding = Pick<Site, 'role' | 'accepted' | 'readOnly'>;

/** What one caller is in which site, now. `siteIds` and `standingIn` agree: a standing there for each id, none for any other. */
export interface SiteRoles {
  readonly siteIds: readonly string[];
  standingIn(siteId: string): SiteStanding | null;
}

/** One role in each of some sites. */
export function oneRoleIn(siteIds: readonly string[], role: SiteRole): SiteRoles {
  const known = new Set(siteIds);
  return { siteIds, standingIn: (siteId) => (known.has(siteId) ? { role, accepted: true, readOnly: false } : null) };
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

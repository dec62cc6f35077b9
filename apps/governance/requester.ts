import type { Requester } from '#evidence';
import { authorityCounter, type Principal } from '#identity';

/** Who asked, for the control record; decided on the authority that the principal was read at. */
export function requesterOf({ caller, email, authority }: Principal): Requester {
  return {
    actor: caller.user,
    email,
    client: null,
    authid: caller.credential.id,
    authtype: caller.credential.type === 'access_key' ? 'api_key' : 'app_user',
    assert: { [authorityCounter(caller.organization)]: authority },
  };
}

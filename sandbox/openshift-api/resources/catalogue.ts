import type { Cluster } from '../cluster.ts';
import type { Store } from '../store.ts';
import { groups } from './user/groups.ts';
import { identities } from './user/identities.ts';
import { imageStreamImages } from './image/image-stream-images.ts';
import { imageStreamMappings } from './image/image-stream-mappings.ts';
import { imageStreamTags } from './image/image-stream-tags.ts';
import { imageStreams } from './image/image-streams.ts';
import type { RegistryHosts } from './image/image-streams.ts';
import { images } from './image/images.ts';
import { oauthAccessTokens } from './oauth/oauth-access-tokens.ts';
import { oauthClients } from './oauth/oauth-clients.ts';
import type { Resource } from './resource.ts';
import { userIdentityMappings } from './user/user-identity-mappings.ts';
import { userOAuthAccessTokens } from './oauth/user-oauth-access-tokens.ts';
import { users } from './user/users.ts';

/** Every resource the stand-in serves. */
export function catalogue(parts: {
  readonly store: Store;
  readonly cluster: Cluster;
  readonly hosts: RegistryHosts;
  readonly tokenLedger: string;
}): readonly Resource[] {
  const { store, cluster, hosts, tokenLedger } = parts;
  const tokens = oauthAccessTokens(store, tokenLedger);
  return [
    users(store),
    identities(store),
    userIdentityMappings(store),
    groups(store),
    oauthClients(store),
    tokens,
    userOAuthAccessTokens(store, tokens),
    images(store),
    imageStreams(store, cluster, hosts),
    imageStreamTags(store),
    imageStreamImages(store),
    imageStreamMappings(store, cluster, hosts),
  ];
}

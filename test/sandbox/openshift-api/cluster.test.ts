// All in one process, on one cluster; each file holds the facts of its subject.
import './the-cluster.ts';
import './users.ts';
import './identities.ts';
import './tokens.ts';
import './scopes.ts';
import './images.ts';
import './watches.ts';
import './admission.ts';
import './server.ts';

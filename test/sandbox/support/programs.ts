import { catalogue } from '../../../sandbox/programs/catalogue.ts';
import type { ProgramName } from '../../../sandbox/programs/catalogue.ts';
import type { Programs } from '../../../sandbox/programs/resolve.ts';

/** Each program's path from its variable; otherwise its name, which spawn looks up on the PATH. */
export const programs: Programs = {
  etcd: fileOf('etcd'),
  'kube-apiserver': fileOf('kube-apiserver'),
  registry: fileOf('registry'),
  kwok: fileOf('kwok'),
  temporal: fileOf('temporal'),
};

function fileOf(name: ProgramName): string {
  return process.env[catalogue[name].variable] ?? name;
}

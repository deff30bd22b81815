/** The programs that a sandbox is made of, which tools/ pins. */
export const programNames = ['etcd', 'kube-apiserver', 'registry', 'kwok', 'temporal'] as const;
/** Pinned and built like them, but only for tests. */
const testProgramNames = ['versitygw'] as const;
export type ProgramName = (typeof programNames)[number] | (typeof testProgramNames)[number];

export interface Program {
  /** Environment variable that names the file to use instead. */
  readonly variable: string;
  /** Go package, built in tools/<name>. */
  readonly package: string;
  /** The module of tools/<name>/go.mod whose version is the program's. */
  readonly module: string;
  /** Passed to the linker beside -s -w; `version` is the pinned one, with its v. */
  readonly linkerFlags?: (version: string) => string;
}

export const catalogue: Readonly<Record<ProgramName, Program>> = {
  etcd: {
    variable: 'PURSER_ETCD',
    package: 'go.etcd.io/etcd/server/v3',
    module: 'go.etcd.io/etcd/server/v3',
  },
  'kube-apiserver': {
    variable: 'PURSER_KUBE_APISERVER',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    module: 'k8s.io/kubernetes',
    // Without it /version reports v0.0.0-master, and clients that compare versions fail.
    linkerFlags: (version) => `-X k8s.io/component-base/version.gitVersion=${version}`,
  },
  registry: {
    variable: 'PURSER_REGISTRY',
    package: 'github.com/distribution/distribution/v3/cmd/registry',
    module: 'github.com/distribution/distribution/v3',
  },
  kwok: {
    variable: 'PURSER_KWOK',
    package: 'sigs.k8s.io/kwok/cmd/kwok',
    module: 'sigs.k8s.io/kwok',
  },
  versitygw: {
    variable: 'PURSER_VERSITYGW',
    package: 'github.com/versity/versitygw/cmd/versitygw',
    module: 'github.com/versity/versitygw',
  },
  temporal: {
    variable: 'PURSER_TEMPORAL',
    package: 'github.com/temporalio/cli/cmd/temporal',
    module: 'github.com/temporalio/cli',
  },
};

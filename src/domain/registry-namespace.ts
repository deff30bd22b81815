/** Where OpenShift's registry, its operator and its jobs live (openshift-facts.md 5.1). */
export const REGISTRY_NAMESPACE = 'openshift-image-registry';

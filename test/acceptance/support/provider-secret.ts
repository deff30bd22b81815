/** A provider's secret that a story puts into openshift-config: nothing else may ever hold it. */
export const PROVIDER_SECRET = 'the-bind-password-of-a-story-7f1c';

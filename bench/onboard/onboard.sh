#!/bin/sh
# One onboarding by hand: pull in team-a, push in team-b, for the user that is the only argument.
# The same steps as the workflow's, with as few processes as these tools allow, and under Purser's own
# account. Appends "<user> <milliseconds>" to $WORK/times. Any step that does not come out as it must
# ends the script, with what it was on standard error.
# From the environment: KUBECTL, KUBECONFIG, REGISTRY (host:port), CERTS (folder with its ca.crt),
# CANARY (image as a skopeo `dir:` folder), BASE (an image of team-a), WORK (a folder).
set -eu
user=$1
began=$(date +%s%N)
stream=bench-$user
own=$WORK/$user
mkdir "$own"
step=start
token_object=
give_back() {
  # What was made for the proof goes, whatever happens
  [ -z "$token_object" ] || "$KUBECTL" delete "oauthaccesstokens.oauth.openshift.io/$token_object" --wait=false >/dev/null
  "$KUBECTL" delete imagestreams.image.openshift.io -n team-b "$stream" --ignore-not-found --wait=false >/dev/null
}
end() {
  code=$?
  give_back
  rm -rf "$own"
  [ "$code" = 0 ] || echo "$user: step \"$step\" failed ($code)" >&2
}
trap end EXIT
must_be() { [ "$1" = "$2" ] || { echo "$user: $step: $1, and it must be $2" >&2; exit 1; }; }

step='identity provider'
"$KUBECTL" get oauths.config.openshift.io cluster -o jsonpath='{.spec.identityProviders[*].type}' | grep -q HTPasswd
"$KUBECTL" get secret -n openshift-config htpasswd -o jsonpath='{.data.htpasswd}' | base64 -d >/dev/null

step=subject
"$KUBECTL" get namespace team-a team-b -o name >/dev/null
uid=$("$KUBECTL" get users.user.openshift.io "$user" -o jsonpath='{.metadata.uid}')
"$KUBECTL" get groups.user.openshift.io -o name >/dev/null

step=grant
"$KUBECTL" create rolebinding "$stream" -n team-a --clusterrole=registry-viewer "--user=$user" >/dev/null
"$KUBECTL" create rolebinding "$stream" -n team-b --clusterrole=registry-editor "--user=$user" >/dev/null

review() { # namespace, verb
  printf '%s\n' --- 'apiVersion: authorization.k8s.io/v1' 'kind: SubjectAccessReview' 'spec:' \
    "  user: $user" '  groups: [system:authenticated, system:authenticated:oauth]' \
    "  resourceAttributes: {group: image.openshift.io, resource: imagestreams/layers, namespace: $1, verb: $2}"
}
step=review
allowed=$({ review team-a get; review team-b get; review team-b update; review team-a update; review default get; } |
  "$KUBECTL" create --validate=false -f - -o jsonpath='{.status.allowed} ')
must_be "$allowed" 'true true true false false '

step='mint a token'
secret=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
token_object=sha256~$(printf %s "$secret" | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d '=')
printf '%s\n' 'apiVersion: oauth.openshift.io/v1' 'kind: OAuthAccessToken' \
  "metadata: {name: $token_object}" 'clientName: purser' 'expiresIn: 300' \
  'redirectURI: https://purser.invalid/not-used' "userName: $user" "userUID: $uid" \
  'scopes: ["role:system:basic-user:*", "role:registry-viewer:team-a", "role:registry-editor:team-a", "role:registry-editor:team-b", "role:registry-viewer:default"]' |
  "$KUBECTL" create --validate=false -f - >/dev/null

step=login
ask() { curl -sS -o /dev/null -w '%{http_code}' --cacert "$CERTS/ca.crt" "$@"; }
# In a file and on standard input: what is on a command line, everybody on the machine sees
(umask 077; printf 'Authorization: Bearer sha256~%s\n' "$secret" >"$own/header")
must_be "$(ask "https://$REGISTRY/v2/")" 401
printf 'sha256~%s' "$secret" |
  skopeo login --authfile "$own/auth.json" --cert-dir "$CERTS" -u "$user" --password-stdin "$REGISTRY" >/dev/null

step=push
# The registry says that it keeps signatures, and may not serve them: none is wanted here
copy() { skopeo copy --quiet --remove-signatures --authfile "$own/auth.json" "$@"; }
copy --dest-cert-dir "$CERTS" "dir:$CANARY" "docker://$REGISTRY/team-b/$stream:probe"
copy --src-cert-dir "$CERTS" "docker://$REGISTRY/team-b/$stream:probe" "dir:$own/back"
cmp "$CANARY/manifest.json" "$own/back/manifest.json"

step=pull
copy --src-cert-dir "$CERTS" "docker://$REGISTRY/$BASE" "dir:$own/base"

step=refused
must_be "$(ask -H "@$own/header" -X POST "https://$REGISTRY/v2/team-a/$stream/blobs/uploads/")" 401
must_be "$(ask -H "@$own/header" "https://$REGISTRY/v2/default/absent/manifests/probe")" 401
must_be "$(ask -H "@$own/header" "https://$REGISTRY/v2/")" 200

step='give back'
give_back
token_object=
echo "$user $(( ($(date +%s%N) - began) / 1000000 ))" >>"$WORK/times"

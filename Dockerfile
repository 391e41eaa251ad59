# Forbear's image: `docker build .` gives the production one, `--target trial` adds what the trial stack's fakes need.
FROM node:24-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts/mend-driver.mjs ./scripts/

FROM manifests AS all-packages
RUN npm ci --ignore-scripts --no-audit --no-fund && node scripts/mend-driver.mjs

FROM manifests AS production-packages
RUN npm ci --ignore-scripts --no-audit --no-fund --omit=dev && node scripts/mend-driver.mjs

FROM all-packages AS build
COPY . .
RUN npm run build

FROM node:24-slim AS base
# Temporal's native client reads the system's certificates, and the slim image has none.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY package.json forbear.yaml ./
COPY bin ./bin
COPY policies ./policies
COPY deploy ./deploy
# Forbear's compiled source, its workflows and dist/workflow-bundle.js, which a worker loads instead of bundling anew.
COPY --from=build /app/dist ./dist
USER node
ENTRYPOINT ["node", "bin/forbear.mjs"]

# The mail catcher stands on development packages, so production doesn't carry them.
FROM base AS trial
COPY --from=all-packages /app/node_modules ./node_modules

FROM base AS runtime
COPY --from=production-packages /app/node_modules ./node_modules
CMD ["--help"]

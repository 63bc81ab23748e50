# The image of production: the sources as they are (Node strips the types), and the production dependencies only.
FROM node:26.10.0-slim

# One heap for the C library: a process of ours has few threads.
ENV NODE_ENV=production TNID_ENV=production MALLOC_ARENA_MAX=2
WORKDIR /app

# No production dependency needs an install script, so none is run.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

COPY migrations migrations
COPY views views
COPY src src

# Compiled once here and not at every start. The first line ends at the settings that are missing, and has compiled itself.
ENV NODE_COMPILE_CACHE=/app/node_modules/.cache/compiled
RUN node --max-old-space-size=512 --max-semi-space-size=16 src/main.ts > /dev/null 2>&1 || node --max-old-space-size=512 --max-semi-space-size=16 --input-type=module -e "\
  for (const part of ['app', 'db/database', 'db/migrate', 'metrics', 'http/measure']) await import('/app/src/' + part + '.ts'); \
  for (const seldom of ['@simplewebauthn/server', '@simplewebauthn/server/helpers', 'libphonenumber-js/max']) await import(seldom)"

# The files belong to root: the process can read them and write nothing.
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TNID_PORT ?? 3000}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Live data are 50 MiB; without a limit V8 lets the heap grow to four times that before it looks for garbage, and lets
# young objects pile up to twice this (docs/performance.md).
CMD ["node", "--max-old-space-size=512", "--max-semi-space-size=16", "src/main.ts"]

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .puppeteerrc.cjs ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund && rm -rf src console visualizer tsconfig*.json dist/.tsbuildinfo

FROM node:24-bookworm-slim
# The browser is Debian's: half the memory of a full Chromium, and updated with the distribution. redis-server serves only where REDIS_URL is not set.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini chromium-headless-shell fonts-noto-color-emoji redis-server \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node -m 0700 /data
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=3000 \
  DATA_DIR=/data \
  MALLOC_ARENA_MAX=2 \
  MALLOC_TRIM_THRESHOLD_=65536 \
  MALLOC_MMAP_THRESHOLD_=65536 \
  MALLOC_TOP_PAD_=65536 \
  PUPPETEER_EXECUTABLE_PATH=/usr/lib/chromium/chromium-headless-shell
WORKDIR /app
COPY --from=build /app ./
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# tini reaps what a killed browser leaves and passes SIGTERM on.
ENTRYPOINT ["tini", "--"]
CMD ["node", "--expose-gc", "--flush-baseline-code", "dist/src/main.bundled.js"]

# syntax=docker/dockerfile:1

FROM node:20-bookworm-slim AS node

FROM rust:1.95-bookworm AS build
# The editors in the browser are bundled with Node.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/target \
    CARGO_TARGET_DIR=/target cargo xtask build --release && cp /target/release/patchbay /patchbay

FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates curl tini && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data patchbay \
    && install --directory --owner patchbay --group patchbay --mode 0700 /data
COPY --from=build /patchbay /usr/local/bin/patchbay
USER patchbay
VOLUME /data
ENV PATCHBAY_BIND=0.0.0.0:8080 PATCHBAY_DATA_DIR=/data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD curl --fail --silent http://127.0.0.1:8080/healthz
ENTRYPOINT ["tini", "--", "patchbay"]
CMD ["serve"]

# Deskbell in an image of its own: the program, the libraries that it names, and nothing else. Built from this source:
#   docker build --tag deskbell .
# docs/operating.md ("In a container") says how it is run.

FROM docker.io/library/node:22-bookworm-slim AS page
WORKDIR /source
COPY crates/deskbell-ui/web ./
RUN npm ci --ignore-scripts --no-audit --no-fund
RUN DESKBELL_UI_OUT=/page npm run build --silent

# The version is that of rust-toolchain.toml.
FROM docker.io/library/rust:1.95-bookworm AS program
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY bench bench
COPY crates crates
COPY packaging/image packaging/image
COPY --from=page /page /page
RUN DESKBELL_UI_DIST=/page cargo build --profile dist --locked -p deskbell-server
RUN packaging/image/root.sh target/dist/deskbell /root-of-image

FROM scratch
COPY --from=program /root-of-image /
# Whoever mounts nothing here has the data in a volume that this user owns.
COPY --from=program --chown=10001:10001 /root-of-image/data /data
USER 10001:10001
ENV DESKBELL_DATA=/data DESKBELL_LISTEN=0.0.0.0:8480
VOLUME /data
EXPOSE 8480
ENTRYPOINT ["/usr/local/bin/deskbell"]
CMD ["serve"]

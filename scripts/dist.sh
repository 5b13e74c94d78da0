#!/bin/sh
# Makes what is shipped, in target/shipped: the program as one file that needs no library, for each target that this toolchain can build
# for; what the program and its page are made of, as CycloneDX; and the checksums of all. What cannot be built is said, with the reason.
set -eu
cd "$(dirname "$0")/.."
built=${CARGO_TARGET_DIR:-target}
shipped=target/shipped
tools=target/tools
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
host=$(rustc -vV | sed -n 's/^host: //p')
rm -rf "$shipped"
mkdir -p "$shipped"

# The C library of the host's own target is linked in too; that of musl always is.
for target in "$host" x86_64-unknown-linux-musl aarch64-unknown-linux-musl; do
    if [ ! -d "$(rustc --print target-libdir --target "$target")" ]; then
        echo "not built: $target: this toolchain has no standard library for it (rustup target add $target)"
        continue
    fi
    compiler=${target%%-*}-linux-musl-gcc
    if [ "$target" != "$host" ] && ! command -v "$compiler" >/dev/null; then
        echo "not built: $target: there is no $compiler for the parts that are in C"
        continue
    fi
    RUSTFLAGS="-C target-feature=+crt-static" cargo build --profile dist --locked --target "$target" -p deskbell-server
    program=$shipped/deskbell-$version-$target
    install -m 0755 "$built/$target/dist/deskbell" "$program"
    if ldd "$program" >/dev/null 2>&1 && ! ldd "$program" | grep -q "statically linked"; then
        echo "$program needs libraries: $(ldd "$program")" >&2
        exit 1
    fi
done

# cargo-cyclonedx writes beside the manifest of each package of the workspace.
[ -x "$tools/bin/cargo-cyclonedx" ] || cargo install --quiet --locked --root "$tools" cargo-cyclonedx@0.5.9
PATH=$PWD/$tools/bin:$PATH cargo cyclonedx --quiet --format json --spec-version 1.5 --describe binaries --no-build-deps \
    --target "$host" --manifest-path crates/deskbell-server/Cargo.toml
sed "s|file://$PWD/|file:///|g" crates/deskbell-server/deskbell_bin.cdx.json >"$shipped/deskbell-$version.cdx.json"
rm -f crates/*/*_bin.cdx.json bench/*_bin.cdx.json

# npm asks for a version, which the page's package does not have.
page=$shipped/page
mkdir "$page"
cp crates/deskbell-ui/web/package.json crates/deskbell-ui/web/package-lock.json "$page"
(cd "$page" && npm pkg set "version=$version" && npm sbom --package-lock-only --omit dev --sbom-format cyclonedx) \
    >"$shipped/deskbell-page-$version.cdx.json"
rm -r "$page"

(cd "$shipped" && sha256sum -- * >"../SHA256SUMS" && mv ../SHA256SUMS .)
ls -l "$shipped"

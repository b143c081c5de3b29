#!/usr/bin/env bash
# Builds, serves, tests and packs diffae; `./build.sh help` lists the commands.
set -euo pipefail

readonly CALLER="$PWD"
cd "$(dirname "${BASH_SOURCE[0]}")"

# Tools that belong to this build alone live outside the tree, so that a fresh clone finds them again.
readonly CACHE="${DIFFAE_CACHE:-$HOME/.cache/diffae}"
readonly TARGET="wasm32-unknown-unknown"
readonly NPM="tests/browser"
readonly BENCH="bench"

# What browsers run, the last two of them not all; wasm-opt refuses instructions that it was not told of.
readonly WASM_FEATURES=(
  --enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext
  --enable-mutable-globals --enable-reference-types --enable-multivalue --enable-threads --enable-relaxed-simd
)

help() {
  cat <<'TEXT'
./build.sh             build the browser package into pkg/
./build.sh serve PORT  build it if needed and serve the page (port 8080 unless named)
./build.sh test        run every test: format, lints, docs, package, native, browser; with --all also those that take long
./build.sh fuzz SECS   throw made-up files at everything that reads files, SECS seconds (60 unless named) at each; --runs N instead
./build.sh soak MIN    edit photos in Chromium for so many minutes while one thing after the other goes wrong; a seed may follow
./build.sh bench       measure it in Chromium, against onnxruntime-web with --onnx DIR; --help lists the options
./build.sh dist DIR    put the page, the package, the model and the sample photos into one folder for any static host, with
                       the licences of all that others made of it, and a list of the crates for machines (CycloneDX)
./build.sh audit       ask for known weaknesses of the crates and npm packages; needs the network
TEXT
}

say() { printf '\n==> %s\n' "$*"; }

die() {
  printf 'build.sh: %s\n' "$*" >&2
  exit 1
}

# A path as the caller's folder sees it.
absolute() {
  case "$1" in
    /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "$CALLER" "$1" ;;
  esac
}

CARGO_TARGET_DIR="$(absolute "${CARGO_TARGET_DIR:-$PWD/target}")"
export CARGO_TARGET_DIR

# shellcheck source=scripts/needs.sh
. scripts/needs.sh

# --- Building ---------------------------------------------------------------------------------------------------

# One hash over everything that a .wasm file is made of.
inputs() {
  {
    find src -type f -print0 | sort -z | xargs -0 sha256sum
    sha256sum Cargo.toml Cargo.lock build.sh scripts/needs.sh "$NPM/package-lock.json"
    "$WASM_RUSTC" --version
  } | sha256sum | cut -d' ' -f1
}

# Whether pkg/diffae_$1_bg.wasm was made of what is here now.
fresh() {
  local stamp="pkg/diffae_$1.stamp"
  [ -f "pkg/diffae_$1_bg.wasm" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(inputs)" ]
}

# Makes pkg/diffae_$1.js, its types and its .wasm from the crate with features $2.
build_file() {
  ! fresh "$1" || return 0
  begin_file "$1" "$2"
  compile_file "$1" "$2" pkg
  end_file "$1"
}

# Makes pkg/diffae_$1_fused_bg.wasm of the features $2, with products and sums in one instruction. The scripts of
# pkg/diffae_$1_bg.wasm fit it, too.
build_fused_file() {
  local name="$1_fused" folder
  ! fresh "$name" || return 0
  begin_file "$name" "$2,fused"
  folder="$(mktemp -d)"
  compile_file "$1" "$2,fused" "$folder"
  cmp "$folder/diffae_$1.js" "pkg/diffae_$1.js" || die "pkg/diffae_$1.js does not fit the file with fused products and sums."
  mv "$folder/diffae_$1_bg.wasm" "pkg/diffae_${name}_bg.wasm"
  rm -r "$folder"
  end_file "$name"
}

begin_file() {
  STAMP="$(inputs)"
  rm -f "pkg/diffae_$1.stamp"
  say "Building pkg/diffae_$1 (features $2)"
}

end_file() {
  local wasm="pkg/diffae_$1_bg.wasm"
  printf '%s' "$STAMP" >"pkg/diffae_$1.stamp"
  printf '%s: %s bytes, %s gzipped\n' "$wasm" "$(wc -c <"$wasm")" "$(gzip -9c "$wasm" | wc -c)"
}

# Compiles the crate with features $2 and puts diffae_$1.js and what belongs to it into the folder $3.
compile_file() {
  local name="diffae_$1" features="$2" folder="$3"
  # All files come from one output of cargo, which can then take either for the other.
  env CARGO_TARGET_DIR="$CARGO_TARGET_DIR" cargo clean --locked --quiet -p diffae --profile wasm --target "$TARGET"
  # A cdylib alone: cargo would also build the library's other kind, which nothing here needs.
  env "${WASM_ENV[@]}" CARGO_TARGET_DIR="$CARGO_TARGET_DIR" cargo rustc --locked -p diffae --lib --crate-type cdylib --profile wasm --target "$TARGET" \
    --no-default-features --features "$features" "${WASM_FLAGS[@]}"
  "$WASM_BINDGEN" --target web --out-dir "$folder" --out-name "$name" "$CARGO_TARGET_DIR/$TARGET/wasm/diffae.wasm"
  # Higher levels take minutes, compress worse and run no faster: the compiler has optimized already.
  "$NPM/node_modules/.bin/wasm-opt" -O1 "${WASM_FEATURES[@]}" "$folder/${name}_bg.wasm" -o "$folder/${name}_bg.wasm"
}

build() {
  need_rust
  need_npm build
  need_wasm_bindgen
  need_wasm_target
  build_file cpu web-photo
  build_fused_file cpu web-photo
  build_file gpu web-model,gpu
  build_file import web-import
  # Whoever imports it looks whether it can do anything.
  if ! fresh threads || ! fresh threads_fused; then
    rm -f pkg/diffae_threads*.stamp
    printf 'export {};\n' >pkg/diffae_threads.js
    cp scripts/no-threads.d.ts pkg/diffae_threads.d.ts
    printf '\0asm\1\0\0\0' | tee pkg/diffae_threads_bg.wasm >pkg/diffae_threads_fused_bg.wasm
  fi
}

# With threads, too, for what is given away or measured. They take a standard library of their own, and so a folder for what
# is compiled: in the others' it would replace everything.
build_all() {
  build
  need_wasm_threads
  local WASM_ENV=("${THREADS_ENV[@]}") WASM_FLAGS=("${THREADS_FLAGS[@]}") CARGO_TARGET_DIR="$CARGO_TARGET_DIR/threads"
  build_file threads web-threads
  build_fused_file threads web-threads
}

# What the browser tests compare with: the golden tensors' own computation as a wasm module, and the golden model.
build_parity() {
  local out="$NPM/generated" golden="tests/golden" features
  say "Building the golden model and its computation for the browser"
  mkdir -p "$out"
  # With the features of the native tests, so that cargo takes what they built.
  cargo run --locked --release --quiet -p diffae-cli --features gpu -- convert --config "$golden/config.json" --precision f32 \
    --licence "synthetic pictures" --origin "the golden checkpoints" --output "$out/golden" \
    "$golden/checkpoints/tiny_autoenc_latent/last.ckpt" "$golden/checkpoints/tiny_autoenc_cls/last.ckpt"
  for features in web-model,gpu web-model,gpu,fused; do
    env "${WASM_ENV[@]}" cargo rustc --locked -p diffae --example browser_parity --profile wasm --target "$TARGET" \
      --no-default-features --features "$features" "${WASM_FLAGS[@]}"
    "$WASM_BINDGEN" --target web --no-typescript --out-dir "$out" --out-name "${features//,/-}" "$CARGO_TARGET_DIR/$TARGET/wasm/examples/browser_parity.wasm"
  done
}

# --- Commands ---------------------------------------------------------------------------------------------------

serve() {
  build
  exec node "$NPM/serve.mjs" www "${1:-8080}"
}

dist() {
  [ -n "${1:-}" ] || die "name the folder to make: ./build.sh dist DIR"
  local folder
  folder="$(absolute "$1")"
  # Only a folder that this command made is replaced, never somebody's own files.
  if [ -e "$folder" ] && [ ! -f "$folder/.diffae-dist" ] && ! rmdir "$folder" 2>/dev/null; then
    die "$folder holds other things; name an empty or a new folder."
  fi
  build_all
  rm -rf "$folder"
  mkdir -p "$folder"
  tell_third_parties "$folder"
  # www/pkg links to the package; a host gets the files themselves.
  cp -RL www/. "$folder"
  sed 's|<p class="fine" hidden><a href="pkg/THIRD-PARTY.txt"|<p class="fine"><a href="pkg/THIRD-PARTY.txt"|' www/index.html > "$folder/index.html"
  rm -f "$folder"/pkg/*.stamp
  node scripts/page-files.mjs "$folder"
  touch "$folder/.diffae-dist"
  say "$folder is ready: $(du -sh "$folder" | cut -f1) in $(find "$folder" -type f | wc -l) files"
}

# Whose work is in the .wasm files: for people into the package, which is published with it. For machines into the folder $1,
# with all that any package of the workspace brings along: that tool does not tell them apart.
tell_third_parties() {
  local about cyclonedx sbom
  about="$(cargo_tool cargo-about cargo-about "$CARGO_ABOUT" --features cli)"
  cyclonedx="$(cargo_tool cargo-cyclonedx cargo-cyclonedx "$CARGO_CYCLONEDX")"
  # What each of the browser's files is made of, all features together.
  "$about" generate --locked --fail -m Cargo.toml --no-default-features --features web-threads,web-photo,web-import,gpu \
    scripts/third-party.hbs -o pkg/THIRD-PARTY.txt
  sbom="$(sed -n 's/^name = "\(.*\)"/\1/p' Cargo.toml | head -n 1)"
  "$cyclonedx" cyclonedx --manifest-path Cargo.toml --format json --target "$TARGET" --no-default-features \
    --features web-threads,web-photo,web-import,gpu --spec-version 1.5 --quiet
  mv "$sbom.cdx.json" "$1/sbom.cdx.json"
  rm -f cli/*.cdx.json
}

# Whatever has become known of the crates and packages since they were pinned.
audit() {
  local deny folder failed=0
  need_rust
  need_node
  deny="$(cargo_tool cargo-deny cargo-deny "$CARGO_DENY")"
  say "Crates"
  "$deny" --locked check advisories || failed=1
  for folder in "$NPM" "$BENCH"; do
    say "npm packages of $folder"
    npm audit --prefix "$folder" || failed=1
  done
  [ "$failed" -eq 0 ] || die "something above is known, or could not be asked for."
}

# Leaves a plot of the memory and a log of the faults in target/soak.
soak() {
  [ -n "${1:-}" ] || die "name the minutes: ./build.sh soak 30, or with a seed ./build.sh soak 30 7"
  need_npm test
  need_chromium
  build
  say "Soaking"
  exec node "$NPM/soak/soak.mjs" "$@"
}

bench() {
  local script="$PWD/$BENCH/bench.mjs"
  need_npm test
  need_npm test "$BENCH"
  case " $* " in *" --help "*) exec node "$script" --help ;; esac
  need_chromium
  build_all
  say "Measuring"
  # Folders among the options are named as the caller sees them.
  cd "$CALLER"
  exec node "$script" "$@"
}

# --- Fuzzing ----------------------------------------------------------------------------------------------------

# Every program of fuzz/, from the committed corpus and from what earlier runs found on this machine.
fuzz() {
  local how="-max_total_time=${1:-60}" tool name corpus seeds
  if [ "${1:-}" = --runs ]; then how="-runs=${2:?how many runs}"; fi
  need_rust
  need_fuzzer
  tool="$(cargo_tool cargo-fuzz cargo-fuzz "$CARGO_FUZZ")"
  export CARGO_TARGET_DIR="$CACHE/fuzz-target" RUSTUP_TOOLCHAIN=nightly
  say "Building the fuzzer's programs, which takes long once"
  "$tool" build
  for name in fuzz/fuzz_targets/*.rs; do
    name="$(basename "$name" .rs)"
    corpus="$CACHE/fuzz-corpus/$name"
    mkdir -p "$corpus"
    seeds=()
    [ ! -d "tests/corpus/files/$name" ] || seeds=("tests/corpus/files/$name")
    say "$name"
    # Files of no more than 4 KiB are enough to reach everything, and a try may not take longer than 25 seconds.
    nice -n 15 "$tool" run "$name" "$corpus" "${seeds[@]}" -- \
      "$how" -max_len=4096 -timeout=25 -rss_limit_mb=2048 -print_final_stats=1 2>&1 |
      grep -aE 'ERROR|panicked|SUMMARY|Test unit written|stat::number_of_executed_units|stat::peak_rss_mb' ||
      die "$name ended before its time: it found something, which then lies in fuzz/artifacts/$name, or could not be built."
    [ -z "$(ls -A "fuzz/artifacts/$name" 2>/dev/null)" ] || die "$name found something; it lies in fuzz/artifacts/$name."
  done
}

# --- Testing ----------------------------------------------------------------------------------------------------

# Parts of the test that are done, with the seconds that each took, and the one that runs.
DONE=()
PART=""
BEGAN=0

# Begins a part of the test.
part() {
  end_part
  PART="$1"
  BEGAN="$SECONDS"
  say "$PART"
}

end_part() {
  [ -z "$PART" ] || DONE+=("$(printf '%6d s  %s' "$((SECONDS - BEGAN))" "$PART")")
  PART=""
}

# Whether the test passed or not, what each part took.
# shellcheck disable=SC2317 # A trap calls it.
tell_parts() {
  local status="$?"
  [ "$status" -eq 0 ] || PART="$PART (failed)"
  end_part
  printf '\n%6d s  in all, of which\n' "$SECONDS"
  printf '%s\n' "${DONE[@]}"
}

# The library as it is published: everything it needs is in the archive, and its default features give no warning.
test_package() {
  local folder told edited=()
  # Uncommitted changes belong to whoever works here. A clean tree, as any other machine has, is packed as it is.
  [ -z "$(git status --porcelain 2>/dev/null)" ] || edited=(--allow-dirty)
  told="$(cargo package --locked --no-verify -p diffae "${edited[@]}" 2>&1)" || die "$told"
  # Whoever publishes would be warned, too; what others withdraw meanwhile is no fault of the package.
  if grep '^warning:' <<<"$told" | grep -v yanked; then die "The library cannot be published without a warning."; fi
  # Outside the workspace, whose neighbours would help it out. The dependencies are those of the lints. Files of now: cargo
  # takes a workspace's root for the same package wherever it lies, and older files for those that it has seen.
  folder="$(mktemp -d)"
  tar -xzmf "$CARGO_TARGET_DIR/package/diffae-$(version).crate" -C "$folder" --strip-components 1
  (cd "$folder" && cargo clippy --locked --quiet --lib --examples -- -D warnings) || { rm -rf "$folder"; return 1; }
  rm -rf "$folder"
}

# The version of the library.
version() { cargo pkgid --locked -p diffae | sed 's/.*[#@]//'; }

run_tests() {
  local all=false option config
  for option in "$@"; do
    case "$option" in
      --all) all=true ;;
      *) die "test knows the option --all, not $option." ;;
    esac
  done
  trap tell_parts EXIT
  part "What the machine needs"
  need_rust
  need_rust_component rustfmt fmt
  need_rust_component clippy clippy
  need_npm test
  need_wasm_bindgen
  need_wasm_target
  need_chromium
  need_engines
  # WebGPU is the system's own on macOS and Windows; elsewhere, tests that find no adapter must not pass unseen.
  if [ "$(uname -s)" = Linux ] && have apt-get; then
    need_vulkan
    export DIFFAE_GPU_TESTS=required
  fi
  part "Format"
  cargo fmt --all --check
  # With the GPU, all code is there; what nothing uses without it shows in the tool here, and in the library below. The
  # browser's two builds leave more out.
  part "Lints"
  cargo clippy --locked --workspace --all-targets --features gpu -- -D warnings
  cargo clippy --locked -p diffae-cli -- -D warnings
  for features in web-photo web-model,gpu web-threads,fused web-import; do cargo clippy --locked -p diffae --lib --no-default-features --features "$features" -- -D warnings; done
  part "Supply chain"
  "$(cargo_tool cargo-deny cargo-deny "$CARGO_DENY")" --locked check bans licenses sources
  part "Documentation"
  RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --features gpu --no-deps --quiet
  part "Package"
  test_package
  # The one native build: the same features wherever the release profile is used below.
  part "Native tests"
  cargo test --locked --workspace --release --features gpu
  part "Browser build"
  if "$all"; then build_all; else build; fi
  build_parity
  part "Types"
  # One configuration for each kind of place that scripts run in.
  for config in "$NPM"/types/*.json; do "$NPM/node_modules/.bin/tsc" --noEmit -p "$config"; done
  # Every journey in every engine, and the apps of every bundler.
  if "$all"; then export DIFFAE_JOURNEYS=all DIFFAE_CONSUMERS=all DIFFAE_LARGE=all DIFFAE_LEAKS=all; fi
  part "Browser tests, in $("$CHROMIUM" --version 2>/dev/null || echo "$CHROMIUM")"
  # One file at a time: each drives a browser that computes on every core.
  node --test --test-concurrency=1 "$NPM"/*.test.mjs
  if "$all"; then run_long_tests; fi
  say "Every test passed"
}

# What takes too long for every change.
run_long_tests() {
  part "Long native tests"
  cargo test --locked --workspace --release --features gpu --tests -- --ignored --nocapture
  part "Databases"
  cargo clippy --locked --workspace --all-targets --features gpu,lmdb -- -D warnings
  cargo test --locked --workspace --release --features gpu,lmdb --lib lmdb
  # Where the f32 weights and the test photos are at hand, the bundled model is compared with them.
  if [ -z "${DIFFAE_REFERENCE:-}" ] && [ -f ../shared/models/portrait64/portrait64.safetensors ]; then
    export DIFFAE_REFERENCE="$PWD/../shared"
  fi
  if [ -n "${DIFFAE_REFERENCE:-}" ]; then
    part "The bundled model against $DIFFAE_REFERENCE"
    cargo test --locked --workspace --release --features gpu --test portrait64 --test faces -- --nocapture
  else
    say "DIFFAE_REFERENCE names no folder with f32 weights: the bundled model is not compared with them"
  fi
}

main() {
  case "${1:-build}" in
    build) build ;;
    serve) serve "${2:-}" ;;
    dist) dist "${2:-}" ;;
    audit) audit ;;
    fuzz) fuzz "${@:2}" ;;
    bench) bench "${@:2}" ;;
    soak) soak "${@:2}" ;;
    test) run_tests "${@:2}" ;;
    help | -h | --help) help ;;
    *)
      help >&2
      die "there is no command $1."
      ;;
  esac
}

# On one line with its end, so that a change to this file while it runs changes nothing.
main "$@"; exit

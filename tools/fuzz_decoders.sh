#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz_decoders.sh [SECONDS]: run the fuzz targets of pictures and packed files with decoders that are instrumented too:
# Debian's source of libjpeg-turbo, libpng, libwebp, libtiff, giflib and zlib, with Debian's patches, built with the address
# sanitizer and the coverage that libFuzzer looks at, without assembler, which they do not see. The programs are those of
# tools/fuzz.sh; these libraries are found before the system's. They lie outside of the tree, in AKIN_DECODERS
# (~/.cache/akin-decoders), and are built once; the sources come through a list of sources of their own. What cannot be got
# or built is named, and the system's library is used. 0 SECONDS: only build.
cd "$(dirname "$0")/.." || exit 2
seconds=${1:-60}
for need in clang cmake ninja make apt-get dpkg-source; do
    command -v $need >/dev/null || { echo "skipped: no $need"; exit 77; }
done
home=${AKIN_DECODERS:-${XDG_CACHE_HOME:-$HOME/.cache}/akin-decoders}
mkdir -p "$home/lists/partial" "$home/lib" || exit 2
# The undefined-behaviour sanitizer is left out: with it clang takes minutes for one file of libjpeg-turbo.
flags="-O1 -g1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address"

get() { # PACKAGE: Debian's source of it, patched, as the folder $home/PACKAGE
    [ ! -d "$home/$1" ] || return 0
    # shellcheck source=/dev/null
    . /etc/os-release
    key=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb-src [signed-by=$key] http://deb.debian.org/debian $VERSION_CODENAME main" >"$home/sources.list"
    own="-o Dir::Etc::sourcelist=$home/sources.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=$home/lists
         -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=$(id -un)"
    rm -rf "$home/$1.get"
    mkdir -p "$home/$1.get"
    # shellcheck disable=SC2086 # options
    (cd "$home/$1.get" && { [ -n "$(ls ../lists/*Sources* 2>/dev/null)" ] || apt-get $own -q update; } &&
        apt-get $own -q source "$1") >"$home/$1.log" 2>&1 || return 1
    mv "$(find "$home/$1.get" -mindepth 1 -maxdepth 1 -type d | head -n 1)" "$home/$1" && rm -rf "$home/$1.get"
}

by_cmake() { # PACKAGE TARGET OPTION...
    name=$1 target=$2
    shift 2
    rm -rf "$home/$name.build"
    cmake -G Ninja -S "$home/$name" -B "$home/$name.build" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER=clang \
        -DCMAKE_C_FLAGS="$flags" -DBUILD_SHARED_LIBS=ON "$@" &&
        cmake --build "$home/$name.build" --target "$target" &&
        find "$home/$name.build" -name 'lib*.so.*' ! -name '*.p' -exec cp -P {} "$home/lib/" \;
}

build() { # PACKAGE
    case $1 in
    # Its CMake wants files of Windows that Debian's source leaves out.
    zlib) (cd "$home/zlib" && CC=clang CFLAGS="$flags" LDSHARED="clang -shared $flags -Wl,-soname,libz.so.1,--version-script,zlib.map" \
        ./configure && make "$(sed -n 's/^SHAREDLIBV=//p' Makefile)" && cp -P libz.so* "$home/lib/") ;;
    # It has a Makefile only, whose programs want documents to be made.
    giflib) (cd "$home/giflib" && make libgif.so CC=clang CFLAGS="-std=gnu99 -fPIC $flags" && cp libgif.so "$home/lib/libgif.so.7") ;;
    libjpeg-turbo) by_cmake "$1" jpeg -DWITH_SIMD=OFF -DWITH_TURBOJPEG=OFF -DENABLE_STATIC=OFF ;;
    libpng1.6) by_cmake "$1" png -DPNG_STATIC=OFF -DPNG_TESTS=OFF -DPNG_HARDWARE_OPTIMIZATIONS=OFF ;;
    # What it has for SSE is C, and is instrumented; without it its CMake forbids doubles.
    libwebp) by_cmake "$1" webp -DWEBP_BUILD_ANIM_UTILS=OFF -DWEBP_BUILD_CWEBP=OFF -DWEBP_BUILD_DWEBP=OFF \
        -DWEBP_BUILD_GIF2WEBP=OFF -DWEBP_BUILD_IMG2WEBP=OFF -DWEBP_BUILD_VWEBP=OFF -DWEBP_BUILD_WEBPINFO=OFF \
        -DWEBP_BUILD_LIBWEBPMUX=OFF -DWEBP_BUILD_WEBPMUX=OFF -DWEBP_BUILD_EXTRAS=OFF ;;
    tiff) by_cmake "$1" tiff -Dtiff-tools=OFF -Dtiff-tests=OFF -Dtiff-contrib=OFF -Dtiff-docs=OFF -Dcxx=OFF ;;
    esac
}

for package in zlib giflib libpng1.6 libjpeg-turbo libwebp tiff; do
    [ ! -f "$home/$package.done" ] || continue
    get $package || { echo "$package: its source could not be got, see $home/$package.log"; continue; }
    if build $package >"$home/$package.log" 2>&1; then
        touch "$home/$package.done"
        rm -rf "$home/$package.build"
        echo "$package: built with sanitizers"
    else
        echo "$package: could not be built, see $home/$package.log"
    fi
done
[ "$seconds" != 0 ] || exit 0
status=0
for target in png jpeg webp tiff gif packed picture; do
    AKIN_FUZZ_LIBRARIES=$home/lib AKIN_FUZZ_NOTE=", decoders too" tools/fuzz.sh $target "$seconds" || status=1
done
exit $status

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# locale.sh FOLDER: make the locales that tests run in: de_DE.UTF-8 writes 0,5 for a half; in tr_TR.UTF-8 the small letter of
# I is no i. Their sources come with Debian's package `locales`; without them it says so and exits with 77.
command -v localedef >/dev/null 2>&1 || { echo "skipped: no localedef here"; exit 77; }
mkdir -p "$1" || exit 1
for name in de_DE tr_TR; do
    [ -e "$1/$name.UTF-8/LC_NUMERIC" ] && continue
    [ -e "/usr/share/i18n/locales/$name" ] || { echo "skipped: no sources of locales here (Debian: locales)"; exit 77; }
    localedef -i $name -f UTF-8 "$1/$name.UTF-8" || exit 1
done

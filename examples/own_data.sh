#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# own_data.sh DIR: data as people have them, for docs/start.md to follow where one has none at hand: a folder of pictures of
# many sizes with a broken file and notes in it, reviews with blank lines, line ends of Windows and a byte that is no UTF-8,
# and a table with names, missing cells and a column of words. The same files each time; nothing is fetched.
set -eu
[ $# = 1 ] || { echo "usage: own_data.sh DIR" >&2; exit 2; }
mkdir -p "$1/photos"
cd "$1"
LC_ALL=C
export LC_ALL
# Pictures in the simplest format there is: a line of text, then three bytes a pixel.
awk 'BEGIN { srand(3); split("beach wood town", sort, " ")
    for (n = 1; n <= 240; n++) {
        kind = n % 3 + 1; w = 48 + int(3 * rand()) * 16; h = 48 + int(3 * rand()) * 12
        file = sprintf("photos/%s-%03d.ppm", sort[kind], n); printf "P6\n%d %d\n255\n", w, h >file
        edge = h * (0.3 + 0.4 * rand()); wide = 3 + int(9 * rand()); light = 0.6 + 0.4 * rand(); at = w * rand()
        for (y = 0; y < h; y++) for (x = 0; x < w; x++) {
            if (kind == 1) { r = y < edge ? 120 : 220; g = y < edge ? 170 : 200; b = y < edge ? 240 : 130 }
            else if (kind == 2) { r = 70; g = 90 + 80 * (int((x + at) / wide) % 2); b = 50 }
            else { r = g = b = 110 + 90 * ((int(x / wide) + int(y / wide)) % 2) }
            d = 24 * (rand() - 0.5)
            printf "%c%c%c", int(r * light + d + 14), int(g * light + d + 14), int(b * light + d + 14) >file }
        close(file) } }' </dev/null
head -c 2000 photos/wood-001.ppm >photos/cut.ppm
: >photos/empty.jpg
cp photos/town-002.ppm photos/town-copy.ppm
echo "take the good ones only" >photos/notes.txt
# Reviews.
awk 'BEGIN { srand(4)
    split("room|bed|shower|towels|window", a1, "|"); split("dirty|cold|noisy|clean|quiet|small|warm", b1, "|")
    split("breakfast|coffee|dinner|bread|soup", a2, "|"); split("delicious|stale|hot|overpriced|fresh|bland|late", b2, "|")
    split("bus|train|ferry|taxi|station", a3, "|"); split("delayed|crowded|cancelled|punctual|far away|cheap|slow", b3, "|")
    for (n = 1; n <= 1200; n++) {
        k = n % 3; i = int(5 * rand()) + 1; j = int(5 * rand()) + 1; p = int(7 * rand()) + 1; q = int(7 * rand()) + 1
        if (k == 0) s = "The " a1[i] " was " b1[p] " and the " a1[j] " " b1[q] ", says guest " n "."
        if (k == 1) s = "Our " a2[i] " was " b2[p] " on day " n "; the " a2[j] " seemed " b2[q] "."
        if (k == 2) s = "We took the " a3[i] ", which was " b3[p] ", after the " a3[j] " was " b3[q] " again."
        if (n % 200 == 0) s = s " Caf\351 closed."
        printf "%s\r\n%s", s, n % 40 ? "" : "\r\n" >"reviews.txt" } }' </dev/null
# A table.
awk 'BEGIN { srand(5); print "name,age,income,visits,city,segment" >"customers.csv"
    split("bronze silver gold", segment, " "); split("Oslo Bergen Bodo", city, " ")
    for (n = 1; n <= 400; n++) { k = n % 3
        printf "\"Smith, %c%d\",%s,%.2f,%s,%s,%s\n", 65 + n % 26, n, n % 11 ? 18 + int(60 * rand()) : "",
               20 + 15 * k + 10 * rand(), n % 37 ? int(10 * k + 12 * rand()) : "NA", city[int(3 * rand()) + 1],
               segment[k + 1] >"customers.csv" } }' </dev/null

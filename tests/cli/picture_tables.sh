# SPDX-License-Identifier: Apache-2.0
# Tables of the paths of images, with captions or classes beside: akin says that it trains on the folder, or on the words,
# and what it says works.
akin=$1 helpers=$2
. "$(dirname "$0")/expect.inc"
cd "$dir" || exit 1
mkdir -p data/pics/cat data/pics/dog
for i in 1 2 3 4; do
    for k in cat dog; do
        printf 'P5 4 4 255\nabcdefghijkl%s%d' $k $i >data/pics/$k/$i.pgm
        echo "pics/$k/$i.pgm,the $k number $i in the sun" >>rows
        echo "https://x.org/$k/$i.jpg,the $k number $i" >>urls
        echo "gone/$k/$i.JPG,the $k number $i" >>gone
        echo "pics/$k/$i.pgm,$((i * i % 5)),$((7 - i))" >>numbers
    done
done
(echo filepath,caption && cat rows) >data/cap.csv
(echo url,caption && cat urls) >urls.csv
(echo image,caption && cat gone) >gone.csv
(echo path,label && sed 's/the //; s/ .*//' rows) >data/label.csv
(echo file,a,b && cat numbers) >data/numbers.csv
sed 's/,.*//' rows >data/list.txt
cp rows data/bare.csv

# From the folder above and from that of the table: the folder is the one that a user can type.
pics="column 'filepath' names image files, such as 'pics/cat/1.pgm'; akin trains on their folder: akin train"
expect 3 "$pics 'data/pics' --out RUN" inspect data/cap.csv
expect 3 "$pics '$PWD/data/pics' --out RUN" train --recipe none data/cap.csv --out x
expect 3 ", or on words: --columns text=caption" inspect data/cap.csv
"$akin" inspect data/pics >out 2>err && grep -q 'images       8' out || fail "the folder: $(cat out err)"
"$akin" inspect data/cap.csv --columns text=caption >out 2>err && grep -q 'texts        8' out || fail "words: $(cat out err)"
(cd data && "$akin" inspect cap.csv 2>&1 | grep -q "akin train 'pics'") || fail "seen from the folder of the table"
expect 3 "--columns text=2" inspect data/bare.csv
"$akin" inspect data/bare.csv --columns text=2 >out 2>err && grep -q 'texts        8' out || fail "no header: $(cat out err)"
expect 3 "column 'path' names image files" inspect data/label.csv
expect 3 "column 'url' has addresses, such as 'https://x.org/cat/1.jpg'; akin reads no network" inspect urls.csv
expect 3 "column 'image' names image files that are not here" inspect gone.csv
(echo file,caption && head -n 1 rows) >data/one.csv
expect 3 "column 'file' names image files" inspect data/one.csv
# The user has decided: read, and told.
"$akin" inspect data/cap.csv --columns text=filepath >out 2>err
grep -q 'The paths are read as texts' out || fail "paths as texts: $(cat out err)"
"$akin" inspect data/list.txt >out 2>err
grep -q "The lines of 'list.txt' name image files" out || fail "a list: $(cat out err)"
# Numbers beside paths: the paths are no classes.
"$akin" inspect data/numbers.csv >out 2>err
grep -q "Column 'file' names image files: it is left out" out && grep -q '8 of 2 features' out && grep -q 'labels       none' out ||
    fail "numbers beside paths: $(cat out err)"
[ $failures = 0 ] && echo ok
exit $failures
